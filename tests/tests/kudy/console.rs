//! The console of cartographers.
//!
//! 1. The page and what it loads come with their types and a policy that lets nothing else in.
//! 2. Every path that the scripts ask stands in the OpenAPI document; data never becomes markup.
//! 3. A report becomes a searchable house in a real browser, without a mouse.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::{Browser, MapFixture, ServerProcess, encode, http, http_get, run_indexer, run_server};

const SCRIPTS: [&str; 2] = [
    include_str!("../../../server/assets/console.js"),
    include_str!("../../../server/assets/console-forms.js"),
];
const GRID: &str = "a b c d e\nf g h i j";
const TOWN: &str = "
n1 a place=town | name=Тестове
w1 a-b-c-d-e highway=residential | name=вулиця Лісова
n2 f addr:street=вулиця Лісова | addr:housenumber=1
n3 g addr:street=вулиця Лісова | addr:housenumber=3
n4 i addr:street=вулиця Лісова | addr:housenumber=7";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

/// A server over a small town, and a token of a reviewer.
fn town() -> (tempfile::TempDir, ServerProcess, String) {
    let folder = tempfile::tempdir().unwrap();
    let map = MapFixture::draw((30.0, 50.0), GRID, TOWN);
    let data = folder.path().to_str().unwrap();
    let built = run_indexer(&[
        "build",
        "--data",
        data,
        "--osm",
        map.path().to_str().unwrap(),
    ]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let made = run_server(&[
        "token", "create", "--data", data, "--role", "reviewer", "--name", "Olena",
    ]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let server = ServerProcess::start(folder.path());
    (folder, server, made.stdout.trim().to_owned())
}

fn get(server: &ServerProcess, path: &str) -> Value {
    let (status, body) = http_get(&server.address, path);
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Reports a missing address; returns where its state can be read.
fn report(server: &ServerProcess, body: &Value) -> String {
    let json = "Content-Type: application/json\r\n";
    let line = "POST /v1/address-reports";
    let (status, _, answer) = http(&server.address, line, json, &body.to_string());
    assert_eq!(status, 201, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let secret = answer["secret"].as_str().unwrap();
    format!("/v1/address-reports/{}?secret={secret}", answer["id"])
}

/// An approved edit is searchable a moment later.
fn wait_for_house(server: &ServerProcess, text: &str) {
    let began = Instant::now();
    let path = format!("/v1/search?q={}", encode(text));
    while get(server, &path)["features"][0]["properties"]["match"] != "exact" {
        assert!(began.elapsed() < Duration::from_secs(10), "«{text}»");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_page_and_its_files_are_served_with_a_strict_policy() {
    let (_folder, server, _) = town();
    for (path, kind) in [
        ("/console", "text/html; charset=utf-8"),
        ("/console.js", "text/javascript; charset=utf-8"),
        ("/console-forms.js", "text/javascript; charset=utf-8"),
        ("/console.css", "text/css; charset=utf-8"),
    ] {
        let (status, head, body) = http(&server.address, &format!("GET {path}"), "", "");
        let head = head.to_lowercase();
        assert_eq!(status, 200, "{path}");
        assert!(head.contains(&format!("content-type: {kind}")), "{head}");
        assert!(
            head.contains("content-security-policy: default-src 'self'"),
            "{head}"
        );
        assert!(
            !body.contains("<script>") && !body.contains("style="),
            "{path}"
        );
        assert!(body.lines().count() > 20, "{path}: {body}");
    }
}

#[test]
fn the_scripts_ask_for_documented_paths_and_never_write_markup() {
    let document = serde_json::to_value(server::openapi()).unwrap();
    let mut asked = 0;
    for script in SCRIPTS {
        for text in script.split('\'').filter(|t| t.starts_with("/v1/")) {
            assert!(document["paths"].get(text).is_some(), "`{text}`");
            asked += 1;
        }
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!script.contains(forbidden), "`{forbidden}`");
        }
    }
    assert_eq!(asked, 16);
}

/// Another report of the same house, in words that do not say so, joins the case with a number.
fn join_another(browser: &Browser, server: &ServerProcess, first: &str) {
    let other = report(
        server,
        &json!({"text": "зелений паркан навпроти ставу", "lat": 49.998, "lon": 30.003}),
    );
    assert_eq!(get(server, &other)["state"], "new");
    browser.press("3");
    browser.wait_for("#list", "зелений паркан");
    browser.run("[...document.querySelectorAll('#list button, #list [tabindex]')].find((r) => r.textContent.includes('паркан')).focus()");
    browser.press("m");
    browser.wait_for("#panel h2", "зелений паркан");
    browser.press("m");
    browser.press(first);
    browser.press(ENTER);
    browser.wait_for("#said", "повтор");
    assert_eq!(get(server, &other)["state"], "published");
}

#[test]
fn a_report_becomes_a_searchable_house_without_a_mouse() {
    let (_folder, server, secret) = town();
    let markup = "<img src=x onerror=\"document.title='broken'\">";
    let state = report(
        &server,
        &json!({"text": "вул. Лісова 5", "lat": 49.9995, "lon": 30.001, "comment": markup}),
    );
    let browser = Browser::start();
    browser.open(&format!("http://{}/console", server.address));
    // The page has words once its scripts listen.
    browser.wait_for("footer", " · ");
    browser.run("const s = document.getElementById('lang'); s.value = 'uk'; s.dispatchEvent(new Event('change'))");
    browser.wait_for("h1", "для картографів");
    browser.press("not-a-token");
    browser.press(ENTER);
    browser.wait_for("#said", "token");
    browser.run("document.getElementById('token').value = ''");
    browser.press(&secret);
    browser.press(ENTER);
    browser.wait_for("#tabs", "Звернення");

    browser.press("3");
    browser.wait_for("#list", "вул. Лісова 5");
    browser.press("j");
    browser.press(ENTER);
    let shown = browser.wait_for("#panel", "Найближчі будинки");
    assert!(shown.contains(markup), "markup stays text: {shown}");
    assert!(
        shown.contains("вулиця Лісова") && shown.contains("±"),
        "{shown}"
    );
    let digits = shown.split('#').nth(1).unwrap().chars();
    let first: String = digits.take_while(char::is_ascii_digit).collect();
    browser.press("a");
    browser.wait_for("#panel form", "create_houses");
    let number = browser.run("return document.activeElement.value");
    assert_eq!(number, "5");
    browser.press(ENTER);
    browser.wait_for("#said", "схвалено");
    wait_for_house(&server, "Лісова 5");
    browser.press("/");
    browser.press("лісова 5");
    browser.wait_for("#found li", "exact");
    browser.press(ENTER);
    browser.wait_for("#panel h2", "вулиця Лісова 5");
    assert_eq!(get(&server, &state)["state"], "published");

    // A number that the street has already has to be confirmed.
    browser.press("a");
    browser.wait_for("#panel form", "set_housenumber");
    browser.run("const i = document.querySelector('td:last-child input'); i.value = ''; i.focus()");
    browser.press("3");
    browser.press(ENTER);
    browser.wait_for(".problem .confirm", "Підтвердити");
    browser.press(ENTER);
    browser.wait_for("#said", "подано");
    browser.press(ESCAPE);
    assert_eq!(
        browser.run("return document.getElementById('panel').hidden"),
        true
    );

    join_another(&browser, &server, &first);

    let url = browser.run("return location.href + document.title");
    assert!(
        !url.to_string().contains(&secret) && !url.to_string().contains("broken"),
        "{url}"
    );
    // The refusals above, and the icon that browsers ask for by themselves.
    let expected = ["401", "422", "favicon.ico"];
    let unexpected = |c: &String| expected.iter().all(|e| !c.contains(e));
    let complaints: Vec<String> = browser
        .complaints()
        .into_iter()
        .filter(unexpected)
        .collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}
