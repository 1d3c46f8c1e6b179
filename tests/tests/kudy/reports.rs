//! A missing address from the report to its end, over HTTP.
//!
//! 1. A report is stored once, acknowledged with a secret that opens it, and nothing of it is told to others.
//! 2. A cartographer sees what is needed, and decides in one step; everybody who reported it sees what became of it.
//! 3. What is malformed, too large, too often or by a program is refused or dropped.

use axum::body::Body;
use axum::http::Request;
use geodata::base::{EditState, Role};
use serde_json::{Value, json};
use server::people::{AccessArgs, Rate};
use tests::{Reply, TestApp};

const GRID: &str = "a---b---c---d---e
                    f---g---h---i---j";
const TOWN: &str = "
    n1 a place=town | name=Тестове
    w1 a-b-c-d-e highway=residential | name=вулиця Лісова
    n2 f addr:street=вулиця Лісова | addr:housenumber=1
    n3 g addr:street=вулиця Лісова | addr:housenumber=3
    n4 i addr:street=вулиця Лісова | addr:housenumber=7";

fn app() -> TestApp {
    app_with(AccessArgs {
        report_rate: Rate::Off,
        ..AccessArgs::default()
    })
}

fn app_with(access: AccessArgs) -> TestApp {
    let grid: Vec<&str> = GRID.lines().map(str::trim_start).collect();
    TestApp::from_town(&grid.join("\n"), TOWN).again(access)
}

/// A report of a house between 3 and 7.
fn said(text: &str) -> Value {
    json!({"text": text, "lat": 49.9995, "lon": 30.006})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

fn report(app: &TestApp, body: &Value) -> (i64, String) {
    let reply = app.post("", "/v1/address-reports", body);
    assert_eq!(reply.status, 201, "{}", reply.body);
    let secret = reply.body["secret"].as_str().unwrap_or_default().to_owned();
    (reply.body["id"].as_i64().unwrap_or_default(), secret)
}

fn state(app: &TestApp, (id, secret): &(i64, String)) -> Value {
    let reply = app.get(&format!("/v1/address-reports/{id}?secret={secret}"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

fn queue(app: &TestApp, secret: &str) -> Vec<Value> {
    let reply = app.get_as(secret, "/v1/reports");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["cases"].as_array().cloned().unwrap_or_default()
}

fn act(app: &TestApp, secret: &str, (case, action): (&Value, &str), body: &Value) -> Reply {
    app.post(
        secret,
        &format!("/v1/reports/{}/{action}", case["id"]),
        body,
    )
}

#[test]
fn a_report_becomes_a_case_an_edit_and_a_published_place() {
    let app = app();
    let (_, cartographer) = app.token("Olena", Role::Cartographer);
    let first = report(
        &app,
        &with(said("вул. Лісова 5"), "comment", json!("новий будинок")),
    );
    let second = report(&app, &said("Лісова, 5"));
    assert_eq!(state(&app, &first)["state"], "new");
    assert_eq!(state(&app, &second)["reports"], 2);
    let cases = queue(&app, &cartographer);
    assert_eq!(cases.len(), 1);
    let case = &cases[0];
    assert_eq!(case["reports"], 2);
    assert_eq!(case["said"][0]["comment"], "новий будинок");
    assert_eq!(case["street"]["label"], "вулиця Лісова");
    assert_eq!(
        case["nearest_houses"].as_array().unwrap().len(),
        3,
        "{case}"
    );
    assert!(
        case["interpolated"]["uncertainty_m"].as_f64().unwrap() > 0.0,
        "{case}"
    );
    assert!(case["existing"].is_null(), "{case}");

    let triaged = act(
        &app,
        &cartographer,
        (case, "triage"),
        &json!({"comment": "asked the council"}),
    );
    assert_eq!(
        (triaged.status, &triaged.body["state"]),
        (200, &json!("triaged"))
    );
    assert_eq!(state(&app, &first)["reason"], "asked the council");
    let edit = json!({"operation": "create_houses", "target": case["street"]["id"], "comment": "seen on the photo",
        "after": {"houses": [{"housenumber": "5", "position": [30.006, 49.9995]}]}, "evidence": ["https://example.org/1.jpg"]});
    let accepted = act(&app, &cartographer, (case, "accept"), &edit);
    assert_eq!(
        (accepted.status, &accepted.body["edit_state"]),
        (200, &json!("submitted")),
        "{}",
        accepted.body
    );
    assert_eq!(state(&app, &second)["state"], "accepted");
    let stored = app
        .run(app.base.edit(accepted.body["edit"].as_i64().unwrap()))
        .unwrap();
    assert_eq!(
        (stored.said.operation.as_str(), stored.state),
        ("create_houses", EditState::Submitted)
    );
    assert_eq!(stored.said.after, edit["after"]);
    let again = act(&app, &cartographer, (case, "accept"), &edit);
    assert_eq!(
        (again.status, &again.body["present"]),
        (409, &json!("accepted"))
    );
    assert_eq!(
        app.run(app.base.edits(&Default::default(), 10))
            .unwrap()
            .len(),
        1,
        "the second edit was not kept"
    );
}

#[test]
fn a_reviewer_accepts_at_once_and_what_is_searchable_is_published() {
    let app = app();
    let (_, reviewer) = app.token("Ivan", Role::Reviewer);
    let reported = report(&app, &said("Лісова 5Б"));
    let case = &queue(&app, &reviewer)[0];
    assert!(case["existing"].is_null(), "{case}");
    let house = json!({"housenumber": "5Б", "position": case["coordinates"]});
    let edit = json!({"operation": "create_houses", "target": case["street"]["id"], "after": {"houses": [house]}});
    let accepted = act(&app, &reviewer, (case, "accept"), &edit);
    assert_eq!(accepted.body["edit_state"], "approved", "{}", accepted.body);
    // In force, but not shown yet.
    assert_eq!(state(&app, &reported)["state"], "accepted");
    app.follow();
    let published = state(&app, &reported);
    assert_eq!(published["state"], "published");
    let place = published["place"].as_str().unwrap();
    let shown = app.get(&format!("/v1/places/{place}"));
    assert_eq!(shown.body["properties"]["housenumber"], "5Б");
}

#[test]
fn what_is_searchable_is_published_though_nobody_asks() {
    let app = app();
    let (_, reviewer) = app.token("Ivan", Role::Reviewer);
    let published = || {
        let reply = app.get_as(&reviewer, "/v1/reports?state=published");
        reply.body["cases"].as_array().map_or(0, Vec::len)
    };
    for number in ["5Б", "5В"] {
        report(&app, &said(&format!("Лісова {number}")));
    }
    let cases = queue(&app, &reviewer);
    assert_eq!(cases.len(), 2);
    for (case, number) in cases.iter().zip(["5Б", "5В"]) {
        let house = json!({"housenumber": number, "position": case["coordinates"]});
        let edit = json!({"operation": "create_houses", "target": case["street"]["id"], "after": {"houses": [house]}});
        let accepted = act(&app, &reviewer, (case, "accept"), &edit);
        assert_eq!(accepted.status, 200, "{}", accepted.body);
    }
    // In force, but not shown yet.
    app.publish();
    assert_eq!(published(), 0);
    app.follow();
    app.publish();
    assert_eq!(published(), 2);
}

#[test]
fn what_is_not_missing_is_answered_with_a_reason() {
    let app = app();
    let (_, cartographer) = app.token("Olena", Role::Cartographer);
    let (there, wrong) = (
        report(&app, &said("Лісова 3")),
        report(&app, &said("Лісова 99")),
    );
    let other = report(&app, &said("кафе Ромашка"));
    let cases = queue(&app, &cartographer);
    assert_eq!(cases.len(), 3);
    let id = cases[0]["existing"]["id"].clone();
    let body = json!({"reason": "it is there", "already_exists": id});
    assert_eq!(
        act(&app, &cartographer, (&cases[0], "reject"), &body).status,
        200
    );
    assert_eq!(state(&app, &there)["state"], "already_exists");
    assert_eq!(state(&app, &there)["place"], id);
    let body = json!({"reason": "the street ends at 12"});
    assert_eq!(
        act(&app, &cartographer, (&cases[1], "reject"), &body).status,
        200
    );
    assert_eq!(state(&app, &wrong)["reason"], "the street ends at 12");
    let target = report(&app, &said("Лісова 5"));
    let into = app.get_as(&cartographer, "/v1/reports?state=new").body["cases"][1]["id"].clone();
    assert_eq!(
        act(
            &app,
            &cartographer,
            (&cases[2], "merge"),
            &json!({"into": into})
        )
        .status,
        200
    );
    assert_eq!(
        state(&app, &other)["reports"],
        2,
        "the reporter follows the other case"
    );
    assert_eq!(state(&app, &other)["state"], state(&app, &target)["state"]);
}

#[test]
fn what_a_cartographer_does_wrongly_is_refused() {
    let app = app();
    let (_, cartographer) = app.token("Olena", Role::Cartographer);
    report(&app, &said("Лісова 5"));
    let case = &queue(&app, &cartographer)[0];
    for (action, body) in [
        ("reject", json!({"reason": ""})),
        (
            "reject",
            json!({"reason": "x", "already_exists": "nonsense"}),
        ),
        (
            "reject",
            json!({"reason": "x", "already_exists": "2222222222"}),
        ),
        ("merge", json!({"into": "x"})),
        ("accept", json!({"operation": "drop_tables", "after": {}})),
        ("accept", json!({"operation": "create_place", "after": 5})),
        (
            "accept",
            json!({"operation": "create_place", "after": {}, "evidence": ["javascript:alert(1)"]}),
        ),
        ("triage", json!({"comment": "x".repeat(1001)})),
    ] {
        let reply = act(&app, &cartographer, (case, action), &body);
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (400, &json!("invalid_parameter")),
            "{action} {body}"
        );
    }
    assert_eq!(
        act(
            &app,
            &cartographer,
            (&json!({"id": 4711}), "triage"),
            &json!({})
        )
        .status,
        404
    );
}

#[test]
fn a_report_is_opened_by_its_secret_only_and_its_contact_can_be_erased() {
    let app = app();
    let (_, cartographer) = app.token("Olena", Role::Cartographer);
    let first = report(
        &app,
        &with(said("Лісова 5"), "contact", json!("+380 44 123 45 67")),
    );
    let second = report(
        &app,
        &with(said("Лісова 9"), "contact", json!("olena@example.org")),
    );
    for (id, secret) in [
        (first.0, second.1.as_str()),
        (first.0, ""),
        (4711, first.1.as_str()),
        (first.0, "kudy_x"),
    ] {
        let reply = app.get(&format!("/v1/address-reports/{id}?secret={secret}"));
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (404, &json!("not_found"))
        );
    }
    let header = Request::get(format!("/v1/address-reports/{}", first.0))
        .header("x-report-secret", &first.1);
    let header = app.ask(header.body(Body::empty()).unwrap());
    assert_eq!(header.status, 200);
    assert!(
        !header.body.to_string().contains("123 45 67"),
        "the state tells no contact: {}",
        header.body
    );

    let contacts = || -> Vec<Value> {
        queue(&app, &cartographer)
            .iter()
            .map(|c| c["said"][0]["contact"].clone())
            .collect()
    };
    assert_eq!(contacts(), ["+380 44 123 45 67", "olena@example.org"]);
    let erase = Request::delete(format!(
        "/v1/address-reports/{}/contact?secret={}",
        first.0, first.1
    ));
    assert_eq!(app.ask(erase.body(Body::empty()).unwrap()).status, 204);
    assert_eq!(contacts(), [Value::Null, json!("olena@example.org")]);
    let case = queue(&app, &cartographer)[1]["id"].clone();
    let erase = Request::delete(format!("/v1/reports/{case}/contact"))
        .header("authorization", format!("Bearer {cartographer}"));
    assert_eq!(app.ask(erase.body(Body::empty()).unwrap()).status, 204);
    assert_eq!(contacts(), [Value::Null, Value::Null]);
}

#[test]
fn a_report_that_is_sent_again_is_stored_once() {
    let app = app();
    let keyed = with(said("Лісова 5"), "key", json!("0b8f5f0e-4a8c-4d53-9f0a"));
    let first = report(&app, &keyed);
    assert_eq!(report(&app, &keyed), first);
    assert_eq!(state(&app, &first)["reports"], 1);
    let other = app.post(
        "",
        "/v1/address-reports",
        &with(keyed, "text", json!("Лісова 9")),
    );
    assert_eq!(
        (other.status, &other.body["code"]),
        (422, &json!("idempotency_key_reused"))
    );
    assert_ne!(
        report(&app, &said("Лісова 11")).1,
        report(&app, &said("Лісова 11")).1
    );
}

#[test]
fn what_a_program_fills_in_is_acknowledged_and_dropped() {
    let app = app();
    let (_, cartographer) = app.token("Olena", Role::Cartographer);
    let dropped = report(
        &app,
        &with(said("cheap pills"), "website", json!("https://example.org")),
    );
    assert!(dropped.0 > 0 && dropped.1.starts_with("kudy_"));
    assert!(queue(&app, &cartographer).is_empty());
}

#[test]
fn what_is_malformed_or_too_large_is_refused() {
    let app = app();
    let refused = |body: &Value, field: &str| {
        let reply = app.post("", "/v1/address-reports", body);
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (400, &json!("invalid_parameter")),
            "{body}"
        );
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(&format!("`{field}`")), "{body}: {detail}");
    };
    refused(&with(said("x"), "lat", json!(95.0)), "lat");
    refused(&with(said("x"), "lon", json!(-181.0)), "lon");
    refused(&with(said("x"), "lon", json!("east")), "body");
    refused(&said("  "), "text");
    refused(&said(&"x".repeat(201)), "text");
    refused(&said("a\0b"), "text");
    refused(
        &with(said("x"), "photo", json!("javascript:alert(1)")),
        "photo",
    );
    refused(&with(said("x"), "place", json!("' OR 1=1")), "place");
    refused(&with(said("x"), "key", json!("short")), "key");
    refused(&with(said("x"), "role", json!("operator")), "role");
    refused(&json!([]), "body");
    let large = app.post(
        "",
        "/v1/address-reports",
        &with(said("x"), "comment", json!("x".repeat(20_000))),
    );
    assert_eq!(
        (large.status, &large.body["code"]),
        (413, &json!("body_too_large"))
    );
    let plain = Request::post("/v1/address-reports")
        .body(Body::from("text=x"))
        .unwrap();
    assert_eq!(app.ask(plain).status, 415);
    for text in [
        "'; DROP TABLE reports; --",
        "\" OR \"\"=\"",
        "$1 ?1 %s",
        "<script>alert(1)</script>",
    ] {
        let id = report(&app, &said(text));
        assert_eq!(state(&app, &id)["text"], text);
    }
}

#[test]
fn one_address_may_not_report_without_end() {
    let app = app_with(AccessArgs {
        report_rate: Rate::per_hour(5),
        ..AccessArgs::default()
    });
    let statuses: Vec<u16> = (0..7)
        .map(|n| {
            app.post("", "/v1/address-reports", &said(&format!("Лісова {n}")))
                .status
        })
        .collect();
    assert_eq!(statuses, [201, 201, 201, 201, 201, 429, 429]);
}
