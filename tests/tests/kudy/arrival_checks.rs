//! `POST /v1/arrival-checks` as clients call it: what is refused and how, languages, overrides and their trace.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use geodata::base::{JournalEntry, Role, Subject};
use serde_json::{Value, json};
use tests::{NOW_MS, Reply, TestApp};

const PATH: &str = "/v1/arrival-checks";

fn app() -> TestApp {
    TestApp::from_town(
        "a b",
        "\nn100 a place=city | name=Дубове\nw1 a-b highway=residential | name=вулиця Лісова",
    )
}

/// A car that stands at the kerb; the tests' clock says 2026-01-31T02:00:00Z.
fn there() -> Value {
    json!({
        "point": { "lon": 30.5, "lat": 50.45, "kind": "curb" },
        "fixes": [
            { "time": "2026-01-31T01:59:54Z", "lon": 30.5, "lat": 50.45, "accuracy_m": 5, "speed_mps": 0 },
            { "time": "2026-01-31T03:59:59+02:00", "lon": 30.5, "lat": 50.4501, "accuracy_m": 5, "speed_mps": 0, "heading": 10, "mock": false },
        ],
    })
}

/// The same with another value somewhere in it.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = there();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match name.parse::<usize>() {
        Ok(n) => parent[n] = value,
        Err(_) => parent[name] = value,
    }
    body
}

#[test]
fn a_car_that_stands_there_has_arrived() {
    assert_eq!(NOW_MS, 1_769_824_800_000);
    let reply = app().post("", PATH, &there());
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.body["verdict"], "arrived");
    assert_eq!(reply.body["reason"], "arrived");
    assert_eq!(reply.body["distance_m"], 11.1);
    assert_eq!(reply.body["needed_m"], 45.0);
    assert_eq!(reply.body["text"], "Водій на місці.");
    let why = reply.body["why"].as_array().unwrap();
    assert!(
        why.contains(&json!({ "rule": "speed_kmh", "ok": true, "value": 0.0, "limit": 10.0 })),
        "{why:?}"
    );
}

#[test]
fn a_check_of_another_moment_is_repeatable() {
    let app = app();
    let mut body = with("/now", json!("2026-01-31T02:10:00Z"));
    let stale = app.post("", PATH, &body);
    assert_eq!(
        (stale.status, &stale.body["reason"]),
        (200, &json!("stale"))
    );
    body["now"] = json!("2026-01-31T02:00:00Z");
    app.wait_ms(3_600_000);
    assert_eq!(app.post("", PATH, &body).body["verdict"], "arrived");
    assert_eq!(app.post("", PATH, &there()).body["reason"], "stale");
}

#[test]
fn the_last_verdict_is_sent_back() {
    let app = app();
    let mut body = with("/fixes/0/lat", json!(50.45055));
    body["fixes"][1]["lat"] = json!(50.45055);
    assert_eq!(app.post("", PATH, &body).body["verdict"], "near");
    body["previous"] = json!("arrived");
    assert_eq!(app.post("", PATH, &body).body["verdict"], "arrived");
}

#[test]
fn the_sentence_is_in_the_language_that_is_asked_for() {
    let app = app();
    let text = |path: &str, body: &Value| app.post("", path, body).body["text"].clone();
    let moving = with("/fixes/1/speed_mps", json!(9.0));
    let english = "The car is still moving: at most 10 km/h are needed.";
    assert_eq!(text("/v1/arrival-checks?lang=en", &moving), english);
    assert_eq!(text("/v1/arrival-checks?lang=de,en", &moving), english);
    let mut body = moving.clone();
    body["lang"] = json!("ru");
    assert!(text(PATH, &body).as_str().unwrap().starts_with("Машина"));
    body["lang"] = json!("de");
    assert!(text(PATH, &body).as_str().unwrap().starts_with("Авто"));
    let far = with("/point/lat", json!(50.46));
    let shown = text("/v1/arrival-checks?lang=en", &far);
    assert_eq!(shown, "1101 m to the point; at most 45 m are needed.");
}

#[track_caller]
fn refused(reply: &Reply, field: &str, expect: &str) {
    let detail = reply.body["detail"].as_str().unwrap_or_default();
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert!(detail.starts_with(&format!("`{field}`")), "{detail}");
    assert!(detail.contains(expect), "{detail}");
}

/// Where in the body | another value | the field that is named | and what is said.
const WRONG: &str = r#"
/point/lon | 180.5 | point.lon | between -180 and 180, got `180.5`
/point/lat | -91 | point.lat | between -90 and 90, got `-91`
/point/kind | "kerb" | point.kind | expected one of entrance, curb, yard, gate, zone, learnt, pin, stand, got `kerb`
/point/heading | 361 | point.heading | between 0 and 360, got `361`
/point/height | 3 | body | unknown field `height`
/point/lat | null | body | null
/fixes | [] | fixes | expected 1 to 100 fixes, got 0
/fixes | null | body | null
/fixes | {} | body | map
/fixes/1/time | "now" | fixes[1].time | got `now`
/fixes/1/time | 1769824800 | body | integer
/fixes/0/lat | 91 | fixes[0].lat | got `91`
/fixes/0/lon | -181 | fixes[0].lon | got `-181`
/fixes/0/accuracy_m | -1 | fixes[0].accuracy_m | between 0 and 100000, got `-1`
/fixes/0/speed_mps | -1 | fixes[0].speed_mps | between 0 and 150, got `-1`
/fixes/0/speed_mps | 400 | fixes[0].speed_mps | got `400`
/fixes/0/heading | -1 | fixes[0].heading | between 0 and 360
/fixes/0/mock | "yes" | body | boolean
/fixes/0/accuracy_m | "5" | body | string
/fixes/0 | {} | body | missing field `time`
/previous | "there" | previous | expected one of far, near, arrived, got `there`
/now | "yesterday" | now | got `yesterday`
/lang | "ukrainian language" | lang | language tags
/speed | 1 | body | unknown field `speed`
"#;

#[test]
fn what_is_wrong_with_a_body_is_named_with_its_value_and_what_is_allowed() {
    let app = app();
    for row in WRONG.lines().filter(|l| l.contains('|')) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [pointer, value, field, expect] = cells.try_into().unwrap();
        let body = with(pointer, serde_json::from_str(value).unwrap());
        refused(&app.post("", PATH, &body), field, expect);
    }
    let many = vec![there()["fixes"][0].clone(); 101];
    let reply = app.post("", PATH, &with("/fixes", json!(many)));
    refused(&reply, "fixes", "expected 1 to 100 fixes, got 101");
    let reply = app.post("", "/v1/arrival-checks?q=1", &there());
    refused(&reply, "q", "unknown parameter");
    for body in [json!(null), json!([]), json!("arrived"), json!(7)] {
        refused(&app.post("", PATH, &body), "body", "");
    }
}

#[test]
fn a_driver_anywhere_in_the_zone_is_there() {
    let app = app();
    let (_, secret) = app.token("ann", Role::Operator);
    let ring = [[30.5, 50.45], [30.51, 50.45], [30.51, 50.46], [30.5, 50.45]];
    let drawn = json!({
        "type": "Feature",
        "geometry": { "type": "Polygon", "coordinates": [ring] },
        "properties": { "kind": "mandatory", "name": { "uk": "Аеропорт" } },
    });
    let id = app.post(&secret, "/v1/zones", &drawn).body["id"].clone();
    let mut body = with("/point/zone", id.clone());
    refused(
        &app.post("", PATH, &body),
        "point.zone",
        "for a point of kind `curb`",
    );
    body["point"] = json!({ "lon": 30.501, "lat": 50.4502, "kind": "zone", "zone": id });
    refused(
        &app.post("", PATH, &body),
        "point.zone",
        "expected the id of a zone in force",
    );
    app.follow();
    for fix in [0, 1] {
        body["fixes"][fix]["lon"] = json!(30.509);
        body["fixes"][fix]["lat"] = json!(50.455);
    }
    let there = app.post("", PATH, &body).body;
    assert_eq!(
        (&there["verdict"], &there["distance_m"]),
        (&json!("arrived"), &json!(0.0))
    );
    body["point"]["zone"] = Value::Null;
    assert_eq!(app.post("", PATH, &body).body["verdict"], "far");
}

fn overridden(role: &str, reason: &str) -> Value {
    let mut body = with("/fixes/1/speed_mps", json!(9.0));
    body["override"] = json!({ "role": role, "reason": reason });
    body
}

#[test]
fn who_answers_for_rides_may_override_and_leaves_a_trace() {
    let app = app();
    let body = overridden(
        "dispatch",
        "the rider sits in the car '; DROP TABLE journal --",
    );
    for role in Role::ALL {
        let (who, secret) = app.token(role.as_str(), role);
        let reply = app.post(&secret, PATH, &body);
        if !matches!(role, Role::Dispatcher | Role::Operator) {
            assert_eq!(
                (reply.status, &reply.body["code"]),
                (403, &json!("role_required")),
                "{role}"
            );
            assert_eq!(
                reply.body["required_roles"],
                json!(["dispatcher", "operator"])
            );
            continue;
        }
        assert_eq!(reply.status, 200, "{role}: {}", reply.body);
        assert_eq!(reply.body["verdict"], "arrived");
        assert_eq!(reply.body["reason"], "overridden");
        assert_eq!(reply.body["text"], "Прибуття підтверджено вручну.");
        let id = reply.body["override"]["id"].as_i64().unwrap();
        assert_eq!(reply.body["override"]["verdict"], "near");
        assert_eq!(reply.body["override"]["reason"], "moving");
        let journal = app
            .run(app.base.journal(Subject::ArrivalOverride(id)))
            .unwrap();
        let [entry]: [JournalEntry; 1] = journal.try_into().unwrap();
        assert_eq!((entry.who, entry.at_ms), (Some(who), NOW_MS));
        assert_eq!(
            (entry.from.as_deref(), entry.to.as_str()),
            (Some("near"), "arrived")
        );
        assert_eq!(
            entry.why,
            "the rider sits in the car '; DROP TABLE journal --"
        );
        let detail = entry.detail.unwrap();
        assert_eq!(
            (&detail["reason"], &detail["role"]),
            (&json!("moving"), &json!("dispatch"))
        );
        assert_eq!(detail["distance_m"], 11.1);
    }
    let anonymous = app.post("", PATH, &body);
    assert_eq!(
        (anonymous.status, &anonymous.body["code"]),
        (401, &json!("token_required"))
    );
}

#[test]
fn an_override_says_who_and_why() {
    let app = app();
    let (_, secret) = app.token("ann", Role::Dispatcher);
    let before = app.run(app.base.last_change()).unwrap();
    let reply = app.post(&secret, PATH, &overridden("king", "because"));
    refused(
        &reply,
        "override.role",
        "expected one of dispatch, dispatcher, support, operator, got `king`",
    );
    let reply = app.post(&secret, PATH, &overridden("support", "  "));
    refused(
        &reply,
        "override.reason",
        "expected 3 to 500 characters, got 0",
    );
    let reply = app.post(&secret, PATH, &overridden("support", &"x".repeat(501)));
    refused(&reply, "override.reason", "got 501");
    let reply = app.post(&secret, PATH, &overridden("support", "zero \0 character"));
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert_eq!(
        app.run(app.base.last_change()).unwrap(),
        before,
        "nothing was written"
    );
}
