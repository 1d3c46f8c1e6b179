//! Tokens and copies by the command line, and a server that is closed by configuration.

use tests::{ServerProcess, TestApp, extract, http, run_server};

#[test]
fn a_token_made_on_the_command_line_opens_a_closed_server() {
    let app = TestApp::from_extracts(&[extract("chisinau-tiny")]);
    let data = app.data.path();
    let folder = data.to_str().unwrap();
    let server =
        ServerProcess::start_with(data, &["--public-reads", "token", "--read-rate", "3/h"]);
    let run = |arguments: &[&str]| {
        let arguments = [arguments, &["--data", folder]].concat();
        run_server(&arguments)
    };
    let made = run(&[
        "token",
        "create",
        "--role",
        "client",
        "--name",
        "The app",
        "--expires",
        "30d",
    ]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let secret = made.stdout.trim().to_owned();
    assert!(
        secret.starts_with("kudy_") && secret.len() == 69,
        "only the secret goes to standard output"
    );
    assert!(
        made.stderr.contains("made token 1 for The app, client"),
        "{}",
        made.stderr
    );

    let bearer = format!("Authorization: Bearer {secret}\r\n");
    let ask = |headers: &str| http(&server.address, "GET /v1/search?q=puskin", headers, "");
    let (status, headers, body) = ask("");
    assert_eq!(status, 401, "{body}");
    assert!(
        headers.to_lowercase().contains("www-authenticate: bearer"),
        "{headers}"
    );
    let statuses: Vec<u16> = (0..4).map(|_| ask(&bearer).0).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert_eq!(ask(&bearer.replace("kudy_", "kudy_0")).0, 401);

    let listed = run(&["token", "list"]);
    assert!(
        listed.stdout.contains("client") && listed.stdout.contains("valid"),
        "{}",
        listed.stdout
    );
    assert!(!listed.stdout.contains("kudy_"));
    assert_eq!(run(&["token", "revoke", "1"]).code, 0);
    assert_eq!(run(&["token", "revoke", "1"]).code, 1);
    assert!(run(&["token", "list"]).stdout.contains("revoked"));
    // Reading may remember a token for a second.
    let gone = (0..40).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        ask(&bearer).0 == 401
    });
    assert!(gone, "a revoked token opens nothing");

    let copy = data.join("copy.db");
    assert_eq!(run(&["backup", "--to", copy.to_str().unwrap()]).code, 0);
    let listed = run_server(&[
        "token",
        "list",
        "--base",
        &format!("sqlite:{}", copy.display()),
    ]);
    assert!(listed.stdout.contains("The app"), "{}", listed.stderr);
    let again = run(&["backup", "--to", copy.to_str().unwrap()]);
    assert_eq!(again.code, 1);

    let (code, log) = server.stop();
    assert_eq!(code, 0);
    assert!(!log.contains(&secret), "no secret in the log: {log}");
}

#[test]
fn wrong_options_say_what_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let check = |arguments: &[&str], code: i32, expect: &str| {
        let output = run_server(arguments);
        assert_eq!(output.code, code, "{arguments:?}: {}", output.stderr);
        assert!(
            output.stderr.contains(expect),
            "{arguments:?}: {}",
            output.stderr
        );
    };
    let create = ["token", "create", "--data", folder, "--name", "x", "--role"];
    check(
        &[&create[..], &["king"]].concat(),
        2,
        "expected one of client, cartographer",
    );
    check(
        &[&create[..], &["client", "--expires", "soon"]].concat(),
        1,
        "`90d`",
    );
    check(
        &["token", "list", "--base", "mysql://u:pw@h/d"],
        1,
        "expected a base such as `sqlite:PATH`",
    );
    check(&["token", "list"], 2, "--data");
    check(
        &["token", "list", "--base", "sqlite:/nowhere/kudy.db"],
        1,
        "unavailable",
    );
    check(
        &["serve", "--data", folder, "--read-rate", "fast"],
        2,
        "`600/m`",
    );
    check(
        &["serve", "--data", folder, "--public-reads", "maybe"],
        2,
        "open, token",
    );
}
