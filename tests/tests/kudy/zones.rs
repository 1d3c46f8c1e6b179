//! Zones and service areas as clients see them, and where servers find them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use axum::body::Body;
use axum::http::Request;
use geodata::LonLat;
use geodata::base::Role;
use geodata::zones::ZoneKind;
use serde_json::{Value, json};
use tests::{Reply, TestApp};

fn app() -> TestApp {
    TestApp::from_town(
        "a b",
        "\nn100 a place=city | name=Дубове\nw1 a-b highway=residential | name=вулиця Лісова\nn11 a addr:housenumber=1 | addr:street=вулиця Лісова",
    )
}

fn send(app: &TestApp, secret: &str, (method, path): (&str, &str), body: &Value) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json");
    if !secret.is_empty() {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    app.ask(request.body(Body::from(body.to_string())).unwrap())
}

/// A square of about 700 × 1100 m.
fn zone(kind: &str) -> Value {
    json!({
        "type": "Feature",
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[30.0, 50.0], [30.01, 50.0], [30.01, 50.01], [30.0, 50.01], [30.0, 50.0]]],
        },
        "properties": {
            "kind": kind,
            "name": { "uk": "Вокзал", "en": "Station" },
            "points": [{ "name": "Вихід 3, ряд B", "lon": 30.005, "lat": 50.005 }],
            "hours": "Mo-Fr 06:00-23:00",
            "capacity": 12,
            "why": "as agreed with the railway",
        },
    })
}

#[test]
fn a_zone_is_drawn_seen_changed_and_deleted() {
    let app = app();
    let (who, secret) = app.token("ann", Role::Operator);
    let made = app.post(&secret, "/v1/zones", &zone("mandatory"));
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_i64().unwrap();
    let path = format!("/v1/zones/{id}");
    let seen = app.get(&path).body;
    assert_eq!(seen, made.body);
    assert_eq!(seen["geometry"], zone("mandatory")["geometry"]);
    assert_eq!(
        seen["properties"],
        json!({
            "kind": "mandatory",
            "name": { "en": "Station", "uk": "Вокзал" },
            "points": [{ "name": "Вихід 3, ряд B", "lon": 30.005, "lat": 50.005 }],
            "hours": "Mo-Fr 06:00-23:00",
            "capacity": 12,
            "version": 1,
            "drawn_by": who,
            "drawn_at": "2026-01-31T02:00:00Z",
        })
    );
    // What was answered is sent back with a change.
    let mut next = seen.clone();
    next["properties"]["capacity"] = json!(20);
    let changed = send(&app, &secret, ("PUT", &path), &next);
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["properties"]["version"], 2);
    assert_eq!(
        app.get(&format!("{path}?version=1")).body["properties"]["capacity"],
        12
    );
    // Who saw version 1 is told both.
    let mut late = seen.clone();
    late["properties"]["capacity"] = json!(7);
    let refused = send(&app, &secret, ("PUT", &path), &late);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &json!("stale_edit"))
    );
    assert_eq!(
        refused.body["stale"],
        json!([
            { "field": "version", "expected": 1, "present": 2 },
            { "field": "capacity", "expected": 12, "present": 20 },
        ])
    );
    let refused = send(
        &app,
        &secret,
        ("DELETE", &format!("{path}?version=1")),
        &json!({}),
    );
    assert_eq!(refused.status, 409);
    let listed = app.get("/v1/zones?kind=mandatory");
    assert_eq!(listed.body["features"], json!([changed.body]));
    assert!(app.get("/v1/zones?kind=service").features().is_empty());
    let gone = send(
        &app,
        &secret,
        ("DELETE", &format!("{path}?version=2&why=closed")),
        &json!({}),
    );
    assert_eq!(gone.status, 204, "{}", gone.body);
    assert_eq!(app.get(&path).status, 404);
    assert!(app.get("/v1/zones").features().is_empty());
}

#[test]
fn zones_come_page_by_page() {
    let app = app();
    let (_, secret) = app.token("ann", Role::Operator);
    for _ in 0..3 {
        assert_eq!(
            app.post(&secret, "/v1/zones", &zone("preferred")).status,
            201
        );
    }
    let first = app.get("/v1/zones?limit=2");
    let rest = app.get(&format!("/v1/zones?limit=2&after={}", first.body["next"]));
    assert_eq!((first.features().len(), rest.features().len()), (2, 1));
    assert_eq!(rest.body["next"], Value::Null);
}

/// Where in the body | another value | what is said.
const WRONG: &str = r#"
/geometry/coordinates | [[[30, 50], [30.01, 50.01], [30.01, 50], [30, 50.01], [30, 50]]] | `geometry`: the outline of polygon 1 touches or crosses itself at [30.005, 50.005]
/geometry/coordinates | [[[30, 50], [30.01, 50], [30.01, 50.01], [30, 50.01]]] | to end where it begins, at [30, 50], it ends at [30, 50.01]
/geometry/coordinates | [[[30, 50], [30.01, 50], [30, 50]]] | at least 3 corners
/geometry/coordinates | [[[30, 50], [230, 50], [30, 51], [30, 50]]] | `geometry.coordinates[0][1]`: expected a longitude between -180 and 180, got `230`
/geometry/coordinates | [[[30, 50], ["x", 50]]] | `geometry.coordinates[0][1]`: expected `[lon, lat]` in degrees, got `["x",50]`
/geometry/coordinates | [] | at least one polygon
/geometry/coordinates | "none" | `geometry.coordinates`: expected a list, got `"none"`
/geometry/coordinates | [[[30, 50], [30.00001, 50], [30, 50.00001], [30, 50]]] | expected 10 m² to 100 km² for a mandatory zone, got 0 m²
/geometry/coordinates | [[[30, 50], [31, 50], [30, 51], [30, 50]]] | expected 10 m² to 100 km²
/geometry/type | "Point" | `geometry.type`: expected `Polygon` or `MultiPolygon`, got `Point`
/type | "Zone" | `type`: expected `Feature`
/properties/kind | "optional" | `properties.kind`: expected one of mandatory, preferred, forbidden, service
/properties/name | {} | `properties.name`: expected a name in 1 to 20 languages
/properties/name | { "uk": " " } | `properties.name.uk`: expected 1 to 100 characters
/properties/name | { "ukrainian language": "a" } | expected a language such as `uk`
/properties/name | "Вокзал" | `body`
/properties/hours | "завжди" | `properties.hours`: expected opening hours such as
/properties/capacity | 0 | `properties.capacity`: expected 1 to 10000 cars, got 0
/properties/points | [{ "name": "A", "lon": 30.02, "lat": 50.005 }] | `properties.points[0]`: expected `A` inside the zone, got a point 715 m outside
/properties/points | [{ "name": "", "lon": 30.005, "lat": 50.005 }] | `properties.points[0].name`
/properties/points | [{ "name": "A", "lon": 30.005, "lat": 95 }] | `properties.points[0]`
/properties/colour | "red" | unknown field `colour`
/id | 7 | `id`: expected none for a new zone
"#;

#[test]
fn what_cannot_be_a_zone_is_refused_with_its_place() {
    let app = app();
    let (_, secret) = app.token("ann", Role::Operator);
    let refused = |body: &Value, expect: &str| {
        let reply = app.post(&secret, "/v1/zones", body);
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        assert_eq!(reply.status, 400, "{expect}: {}", reply.body);
        assert!(detail.contains(expect), "expected {expect} in {detail}");
    };
    for row in WRONG.lines().filter(|l| l.contains('|')) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [pointer, value, expect] = cells.try_into().unwrap();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut body = zone("mandatory");
        body.pointer_mut(parent).unwrap()[name] = serde_json::from_str(value).unwrap();
        refused(&body, expect);
    }
    let mut body = zone("mandatory");
    body["properties"]["why"] = json!("x".repeat(501));
    refused(&body, "`why`: expected at most 500 characters");
    body = zone("mandatory");
    let line = |n: u32| [30.0 + f64::from(n) * 1e-5, 50.0];
    body["geometry"]["coordinates"] = json!([(0..1_001).map(line).collect::<Vec<_>>()]);
    refused(&body, "`geometry`: expected at most 1000 corners, got 1001");
    assert!(app.get("/v1/zones").features().is_empty());
}

#[test]
fn service_areas_tell_inside_from_outside_and_how_far_the_border_is() {
    let app = app();
    let (_, secret) = app.token("ann", Role::Operator);
    let nothing = app.get("/v1/service-areas?lat=50.005&lon=30.005");
    assert_eq!(nothing.body, json!({ "inside": false, "areas": [] }));
    for kind in ["service", "forbidden"] {
        assert_eq!(app.post(&secret, "/v1/zones", &zone(kind)).status, 201);
    }
    app.follow();
    // 31 January 2026 is a Saturday: its hours are those of weekdays.
    let at = |lat: f64, time: &str| {
        let path = format!("/v1/service-areas?lat={lat}&lon=30.005&lang=en{time}");
        let reply = app.get(&path);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    };
    let found = at(50.005, "&at=2026-01-30T12:00:00%2B02:00");
    assert_eq!(found["inside"], true);
    let area = &found["areas"][0];
    assert_eq!(
        (&area["name"], &area["inside"]),
        (&json!("Station"), &json!(true))
    );
    assert_eq!(
        (&area["border_m"], &area["open"]),
        (&json!(357.0), &json!(true))
    );
    assert_eq!(found["areas"].as_array().unwrap().len(), 1);
    let closed = at(50.005, "");
    assert_eq!(
        (&closed["inside"], &closed["areas"][0]["open"]),
        (&json!(false), &json!(false))
    );
    let outside = at(50.02, "&at=2026-01-30T12:00:00Z");
    assert_eq!(
        (&outside["inside"], &outside["areas"][0]["border_m"]),
        (&json!(false), &json!(1112.0))
    );
    assert_eq!(at(51.0, "")["areas"], json!([]));
    assert_eq!(app.get("/v1/service-areas?lat=91&lon=30").status, 400);
    assert_eq!(app.get("/v1/service-areas?lat=50").status, 400);
    assert_eq!(
        app.get("/v1/service-areas?lat=50&lon=30&at=now").status,
        400
    );
}

#[test]
fn rulings_are_found_by_where_they_are() {
    let app = app();
    let (_, secret) = app.token("ann", Role::Operator);
    let mut hole = zone("preferred");
    hole["geometry"]["coordinates"] = json!([
        [
            [30.0, 50.0],
            [30.01, 50.0],
            [30.01, 50.01],
            [30.0, 50.01],
            [30.0, 50.0]
        ],
        [
            [30.004, 50.004],
            [30.006, 50.004],
            [30.006, 50.006],
            [30.004, 50.004]
        ],
    ]);
    hole["properties"]["points"] = json!([]);
    let mut parts = zone("forbidden");
    parts["geometry"] = json!({ "type": "MultiPolygon", "coordinates": [
        [[[30.02, 50.0], [30.03, 50.0], [30.03, 50.01], [30.02, 50.0]]],
        [[[30.04, 50.0], [30.05, 50.0], [30.05, 50.01], [30.04, 50.0]]],
    ]});
    parts["properties"]["points"] = json!([]);
    for body in [&hole, &parts] {
        let made = app.post(&secret, "/v1/zones", body);
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.body["geometry"], body["geometry"]);
    }
    app.follow();
    let rulings = app.state().rulings();
    let kinds = |lon: f64, lat: f64| -> Vec<ZoneKind> {
        let zones = rulings.zones_at(LonLat::clamped(lon, lat));
        zones.iter().map(|z| z.kind).collect()
    };
    assert_eq!(kinds(30.001, 50.005), [ZoneKind::Preferred]);
    assert_eq!(kinds(30.0055, 50.005), [], "in the hole");
    assert_eq!(kinds(30.029, 50.005), [ZoneKind::Forbidden]);
    assert_eq!(kinds(30.049, 50.005), [ZoneKind::Forbidden]);
    assert_eq!(kinds(30.035, 50.005), []);
    let near = rulings.zones_within(LonLat::clamped(30.011, 50.005), 1_000.0);
    let told: Vec<_> = near.iter().map(|(z, m)| (z.kind, m.round())).collect();
    assert_eq!(told[0], (ZoneKind::Preferred, 71.0));
    assert_eq!(told.len(), 2);
    assert_eq!(
        rulings.zones_within(LonLat::clamped(30.011, 50.005), 70.0),
        []
    );
}
