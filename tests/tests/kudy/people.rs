//! Who may do what: every endpoint with every role, and how the service says no.
//!
//! 1. Every operation of the OpenAPI document stands in the table; a new one has to be added.
//! 2. What the table allows is never 401 or 403; everything else is, with a problem that says what is needed.
//! 3. A token that is unknown, expired, revoked or malformed opens nothing, not even what is open without one.

use axum::body::Body;
use axum::http::Request;
use geodata::base::{NewToken, Role};
use serde_json::{Value, json};
use server::people::{AccessArgs, PublicReads, Rate};
use std::collections::BTreeSet;
use tests::{NOW_MS, Reply, TestApp, extract, secret_of};

/// Who is let in.
#[derive(Clone, Copy)]
enum Who {
    /// Everybody, always.
    Everybody,
    /// Everybody, or by configuration whoever has a token.
    Readers,
    /// Tokens of these roles.
    Roles(&'static [Role]),
}

use Who::{Everybody, Readers, Roles};

const EDITORS: &[Role] = &[
    Role::Cartographer,
    Role::Reviewer,
    Role::Importer,
    Role::Operator,
];
const REVIEWERS: &[Role] = &[Role::Cartographer, Role::Reviewer, Role::Operator];

const CARTOGRAPHERS: Who = Roles(&[Role::Cartographer, Role::Reviewer, Role::Operator]);

const OPERATORS: Who = Roles(&[Role::Operator]);

/// Method, path and who is let in.
const TABLE: &[(&str, &str, Who)] = &[
    ("GET", "/v1/autocomplete", Readers),
    ("GET", "/v1/search", Readers),
    ("GET", "/v1/reverse", Readers),
    ("GET", "/v1/nearby", Readers),
    // Drawings are for staff: see `pickup.rs`.
    ("GET", "/v1/pickup-points", Readers),
    ("POST", "/v1/batch/nearby", Readers),
    ("GET", "/v1/places/{id}", Readers),
    ("GET", "/v1/places/{id}/houses", Readers),
    ("GET", "/v1/places/{id}/history", Readers),
    // Its override needs a token: see `arrival_checks.rs`.
    ("POST", "/v1/arrival-checks", Readers),
    ("GET", "/v1/service-areas", Readers),
    ("GET", "/v1/zones", Readers),
    ("POST", "/v1/zones", OPERATORS),
    ("GET", "/v1/zones/{id}", Readers),
    ("PUT", "/v1/zones/{id}", OPERATORS),
    ("DELETE", "/v1/zones/{id}", OPERATORS),
    ("GET", "/v1/pickup-pins", Readers),
    ("POST", "/v1/pickup-pins", CARTOGRAPHERS),
    ("DELETE", "/v1/pickup-pins/{id}", CARTOGRAPHERS),
    ("GET", "/v1/learnt-spots", CARTOGRAPHERS),
    ("DELETE", "/v1/learnt-spots/{id}", CARTOGRAPHERS),
    ("GET", "/v1/edits", Roles(EDITORS)),
    ("POST", "/v1/edits", Roles(EDITORS)),
    ("POST", "/v1/edits:batch", Roles(EDITORS)),
    ("GET", "/v1/edits/{id}", Roles(EDITORS)),
    ("POST", "/v1/edits/{id}/submit", Roles(EDITORS)),
    ("POST", "/v1/edits/{id}/approve", Roles(REVIEWERS)),
    ("POST", "/v1/edits/{id}/reject", Roles(REVIEWERS)),
    ("POST", "/v1/edits/{id}/revert", Roles(REVIEWERS)),
    ("POST", "/v1/edits/{id}/resolve", Roles(REVIEWERS)),
    ("GET", "/v1/conflicts", Roles(EDITORS)),
    ("POST", "/v1/address-reports", Everybody),
    ("GET", "/v1/address-reports/{id}", Everybody),
    ("DELETE", "/v1/address-reports/{id}/contact", Everybody),
    ("GET", "/v1/reports", CARTOGRAPHERS),
    ("POST", "/v1/reports/{id}/triage", CARTOGRAPHERS),
    ("POST", "/v1/reports/{id}/accept", CARTOGRAPHERS),
    ("POST", "/v1/reports/{id}/reject", CARTOGRAPHERS),
    ("POST", "/v1/reports/{id}/merge", CARTOGRAPHERS),
    ("DELETE", "/v1/reports/{id}/contact", CARTOGRAPHERS),
    ("GET", "/v1/status", Everybody),
    ("GET", "/health/live", Everybody),
    ("GET", "/health/ready", Everybody),
    ("GET", "/metrics", Everybody),
];

fn app(access: AccessArgs) -> TestApp {
    TestApp::from_extracts(&[extract("chisinau-tiny")]).again(access)
}

fn ask(app: &TestApp, method: &str, path: &str, secret: Option<&str>) -> Reply {
    let path = path.replace("{id}", "1");
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json");
    if let Some(secret) = secret {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    app.ask(request.body(Body::from("{}")).expect("a request"))
}

#[test]
fn every_operation_of_the_document_stands_in_the_table() {
    let document = app(AccessArgs::default()).get("/openapi.json").body;
    let mut documented = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            documented.insert((method.to_uppercase(), path.clone()));
        }
    }
    let table: BTreeSet<_> = TABLE
        .iter()
        .map(|(m, p, _)| ((*m).to_owned(), (*p).to_owned()))
        .collect();
    assert_eq!(documented, table);
}

#[test]
fn every_endpoint_lets_in_whom_the_table_names_and_nobody_else() {
    for public_reads in [PublicReads::Open, PublicReads::Token] {
        let app = app(AccessArgs {
            public_reads,
            ..AccessArgs::default()
        });
        let secrets = Role::ALL.map(|role| (role, app.token(role.as_str(), role).1));
        for (method, path, who) in TABLE {
            let anonymous = match who {
                Everybody => true,
                Readers => public_reads == PublicReads::Open,
                Roles(_) => false,
            };
            check(
                &ask(&app, method, path, None),
                anonymous,
                401,
                &format!("{method} {path} by nobody"),
            );
            for (role, secret) in &secrets {
                let allowed = match who {
                    Everybody | Readers => true,
                    Roles(roles) => roles.contains(role),
                };
                check(
                    &ask(&app, method, path, Some(secret)),
                    allowed,
                    403,
                    &format!("{method} {path} by {role}"),
                );
            }
        }
    }
}

fn check(reply: &Reply, allowed: bool, refusal: u16, what: &str) {
    if allowed {
        assert!(
            ![401, 403, 405, 415].contains(&reply.status) && reply.status < 500,
            "{what}: {}",
            reply.status
        );
        return;
    }
    assert_eq!(reply.status, refusal, "{what}: {}", reply.body);
    assert_eq!(
        reply.header("content-type"),
        "application/problem+json",
        "{what}"
    );
    if refusal == 401 {
        assert_eq!(
            reply.header("www-authenticate"),
            "Bearer realm=\"kudy\"",
            "{what}"
        );
        assert_eq!(reply.body["code"], "token_required", "{what}");
    } else {
        assert_eq!(reply.body["code"], "role_required", "{what}");
        assert!(
            reply.body["required_roles"]
                .as_array()
                .is_some_and(|r| !r.is_empty()),
            "{what}"
        );
    }
}

#[test]
fn a_token_that_is_none_opens_nothing() {
    // Each from another address: who comes again and again is told to wait.
    let app = app(AccessArgs {
        trusted_proxies: 1,
        ..AccessArgs::default()
    });
    let (revoked, _) = app.token("revoked", Role::Operator);
    app.run(app.base.revoke_token(revoked, None, NOW_MS))
        .unwrap();
    let secret = secret_of("expired");
    let expired = NewToken {
        name: "expired",
        role: Role::Operator,
        secret: &secret,
        expires_ms: Some(NOW_MS + 1000),
    };
    app.run(app.base.create_token(&expired, None, NOW_MS))
        .unwrap();
    assert_eq!(app.get_as(&secret, "/v1/search?q=puskin").status, 200);
    app.wait_ms(1000);
    let (_, valid) = app.token("valid", Role::Operator);
    let forged = [
        secret,
        secret_of("revoked"),
        secret_of("unknown"),
        valid.to_uppercase(),
        format!("{valid}0"),
        "x".to_owned(),
        String::new(),
        "' OR 1=1 --".to_owned(),
    ];
    let closed = TABLE.iter().filter(|(_, _, who)| !matches!(who, Everybody));
    for (row, (method, path, _)) in closed.enumerate() {
        let ask = |n: usize, authorization: &str| {
            let request = Request::builder()
                .method(*method)
                .uri(path.replace("{id}", "1"))
                .header("x-forwarded-for", format!("10.0.{row}.{n}"))
                .header("authorization", authorization);
            app.ask(request.body(Body::empty()).unwrap())
        };
        for (n, secret) in forged.iter().enumerate() {
            let reply = ask(n, &format!("Bearer {secret}"));
            assert_eq!(
                (reply.status, &reply.body["code"]),
                (401, &json!("token_invalid")),
                "{path} {secret}"
            );
            assert!(reply.header("www-authenticate").contains("invalid_token"));
            assert!(
                !reply.body.to_string().contains("kudy_"),
                "a secret is never repeated"
            );
        }
        assert_eq!(ask(100, "Basic a3VkeTprdWR5").status, 401, "{path}");
    }
}

#[test]
fn who_comes_with_forged_tokens_again_and_again_is_told_to_wait() {
    let app = app(AccessArgs::default());
    let statuses: Vec<u16> = (0..80)
        .map(|n| {
            app.get_as(&secret_of(&format!("forged {n}")), "/v1/search?q=a")
                .status
        })
        .collect();
    assert_eq!((statuses[0], statuses[59], statuses[79]), (401, 401, 429));
    assert_eq!(
        app.get("/v1/search?q=a").status,
        200,
        "without a token it is still open"
    );
}

#[test]
fn reads_are_counted_per_token_and_per_address() {
    let app = app(AccessArgs {
        read_rate: Rate::per_hour(3),
        trusted_proxies: 1,
        ..AccessArgs::default()
    });
    let from = |address: &str| {
        let request = Request::get("/v1/search?q=puskin").header("x-forwarded-for", address);
        app.ask(request.body(Body::empty()).unwrap())
    };
    let statuses = |address: &str| (0..4).map(|_| from(address).status).collect::<Vec<u16>>();
    assert_eq!(statuses("1.1.1.1"), [200, 200, 200, 429]);
    assert_eq!(statuses("6.6.6.6, 2.2.2.2"), [200, 200, 200, 429]);
    assert_eq!(
        from("7.7.7.7, 2.2.2.2").status,
        429,
        "what the client wrote itself does not count"
    );
    let refused = from("1.1.1.1");
    assert_eq!(refused.body["code"], "rate_limited");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1000..=1201).contains(&wait), "{wait}");
    let (_, one) = app.token("one", Role::Client);
    let (_, two) = app.token("two", Role::Client);
    let statuses = |secret: &str| {
        (0..4)
            .map(|_| app.get_as(secret, "/v1/search?q=a").status)
            .collect::<Vec<u16>>()
    };
    assert_eq!(statuses(&one), [200, 200, 200, 429]);
    assert_eq!(statuses(&two), [200, 200, 200, 429]);
    assert_eq!(
        app.get("/health/live").status,
        200,
        "machines that watch are not counted"
    );
}

#[test]
fn searching_goes_on_while_the_base_is_away() {
    let data = TestApp::from_extracts(&[extract("chisinau-tiny")]).data;
    let base = format!(
        "sqlite:{}",
        data.path().join("none").join("kudy.db").display()
    );
    let app = TestApp::with_access(data, &base, AccessArgs::default());
    assert_eq!(app.get("/v1/search?q=puskin").status, 200);
    let reply = app.get_as(&secret_of("x"), "/v1/search?q=puskin");
    assert_eq!(
        (reply.status, &reply.body["code"]),
        (503, &Value::from("base_unavailable"))
    );
    assert_eq!(reply.header("retry-after"), "2");
}

#[test]
fn a_token_that_reads_goes_on_reading_while_the_base_is_away() {
    let app = app(AccessArgs {
        public_reads: PublicReads::Token,
        ..AccessArgs::default()
    });
    let (_, secret) = app.token("app", Role::Client);
    assert_eq!(app.get("/v1/search?q=puskin").status, 401);
    assert_eq!(app.get_as(&secret, "/v1/search?q=puskin").status, 200);
    app.run(app.base.close());
    assert_eq!(app.get_as(&secret, "/v1/search?q=puskin").status, 200);
    assert_eq!(
        app.get_as(&secret_of("another"), "/v1/search?q=puskin")
            .status,
        503
    );
}
