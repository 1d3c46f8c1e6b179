//! Pins, bans and learnt spots as cartographers see them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use axum::body::Body;
use axum::http::Request;
use geodata::LonLat;
use geodata::base::{Role, Spot};
use serde_json::{Value, json};
use tests::{NOW_MS, TestApp};

fn app() -> TestApp {
    TestApp::from_town(
        "a b",
        "\nn100 a place=city | name=Дубове\nw1 a-b highway=residential | name=вулиця Лісова\nn11 a addr:housenumber=1 | addr:street=вулиця Лісова",
    )
}

/// The status of a deletion.
fn delete(app: &TestApp, secret: &str, path: &str) -> u16 {
    let request = Request::delete(path).header("authorization", format!("Bearer {secret}"));
    app.ask(request.body(Body::empty()).unwrap()).status
}

fn house_of(app: &TestApp) -> String {
    app.get("/v1/search?q=%D0%BB%D1%96%D1%81%D0%BE%D0%B2%D0%B0%201")
        .first("id")
}

#[test]
fn cartographers_pin_and_ban() {
    let app = app();
    let (who, secret) = app.token("olena", Role::Cartographer);
    let house = house_of(&app);
    let pin = json!({ "kind": "pin", "lon": 30.0005, "lat": 50.0, "place": house, "name": "біля шлагбаума", "reason": "the yard is shut" });
    let made = app.post(&secret, "/v1/pickup-pins", &pin);
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_i64().unwrap();
    let shown = json!({ "id": id, "kind": "pin", "lon": 30.0005, "lat": 50.0, "place": house, "name": "біля шлагбаума",
        "reason": "the yard is shut", "set_by": who, "set_at": "2026-01-31T02:00:00Z" });
    assert_eq!(made.body, shown);
    let ban = json!({ "kind": "ban", "lon": 30.0, "lat": 50.0, "near": { "lon": 30.001, "lat": 50.0 }, "reason": "tram tracks" });
    assert_eq!(app.post(&secret, "/v1/pickup-pins", &ban).status, 201);
    let listed = app.get(&format!("/v1/pickup-pins?place={house}"));
    assert_eq!(listed.body["pins"], json!([shown]));
    assert_eq!(
        app.get("/v1/pickup-pins").body["pins"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    app.follow();
    let rulings = app.state().rulings();
    let at = LonLat::clamped(30.001, 50.0001);
    let kinds = |place: Option<&str>, radius_m| -> Vec<String> {
        let place = place.map(|p| p.parse().unwrap());
        let pins = rulings.pins_for(place, at, radius_m);
        pins.iter().map(|p| p.pin.kind.to_string()).collect()
    };
    assert_eq!(kinds(None, 20.0), ["ban"]);
    assert_eq!(kinds(None, 5.0), [""; 0]);
    assert_eq!(kinds(Some(&house), 20.0), ["pin", "ban"]);
    let path = format!("/v1/pickup-pins/{id}?why=open");
    assert_eq!(delete(&app, &secret, &path), 204);
    assert_eq!(delete(&app, &secret, &path), 404);
    app.follow();
    assert_eq!(app.state().rulings().counts(), (0, 1, 0));
    assert_eq!(
        rulings.counts(),
        (0, 2, 0),
        "who reads old ones goes on reading them"
    );
}

#[test]
fn what_cannot_be_a_pin_is_refused() {
    let app = app();
    let (_, secret) = app.token("olena", Role::Cartographer);
    let house = house_of(&app);
    let check = |change: Value, status: u16, expect: &str| {
        let mut pin = json!({ "kind": "pin", "lon": 30.0, "lat": 50.0, "reason": "because" });
        for (key, value) in change.as_object().unwrap() {
            pin[key] = value.clone();
        }
        let reply = app.post(&secret, "/v1/pickup-pins", &pin);
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        assert_eq!(reply.status, status, "{}", reply.body);
        assert!(detail.contains(expect), "{detail}");
    };
    check(
        json!({ "kind": "hint" }),
        400,
        "`kind`: expected one of pin, ban, got `hint`",
    );
    check(
        json!({ "lat": 91 }),
        400,
        "`lat`: expected a latitude between -90 and 90, got `91`",
    );
    check(json!({ "lon": -181 }), 400, "`lon`");
    check(
        json!({ "reason": "" }),
        400,
        "`reason`: expected 3 to 500 characters, got 0",
    );
    check(
        json!({ "name": "x".repeat(101) }),
        400,
        "`name`: expected 0 to 100 characters, got 101",
    );
    check(json!({ "place": "nowhere" }), 400, "`place`");
    check(
        json!({ "place": "p7309q95cg9j" }),
        404,
        "no place has the id",
    );
    check(
        json!({ "place": house, "lat": 50.1 }),
        400,
        "`place`: expected it at most 3000 m from the point, got 11120 m",
    );
    check(
        json!({ "near": { "lon": 31.0, "lat": 50.0 } }),
        400,
        "`near`: expected it at most 3000 m",
    );
    check(
        json!({ "near": { "lon": 31.0, "lat": 95.0 } }),
        400,
        "`near.lat`",
    );
    check(
        json!({ "place": house, "near": { "lon": 30.0, "lat": 50.0 } }),
        400,
        "either `place` or `near`",
    );
    assert_eq!(app.get("/v1/pickup-pins").body["pins"], json!([]));
}

#[test]
fn learnt_spots_are_listed_and_revoked() {
    let app = app();
    let (_, secret) = app.token("olena", Role::Cartographer);
    let house = house_of(&app);
    let spot = Spot {
        point: LonLat::clamped(30.0001, 50.0001),
        riders: 6,
        pickups: 8,
        share_permille: 750,
        newest_ms: NOW_MS,
    };
    app.run(async {
        let mut write = app.base.write(NOW_MS).await.unwrap();
        let place = house.parse().unwrap();
        assert!(write.replace_spots(place, &[spot]).await.unwrap());
        write.commit().await.unwrap();
    });
    app.follow();
    let place = house.parse().unwrap();
    assert_eq!(app.state().rulings().spots_of(place).count(), 1);
    let listed = app
        .get_as(&secret, &format!("/v1/learnt-spots?place={house}"))
        .body;
    let shown = &listed["spots"][0];
    assert_eq!(
        (&shown["riders"], &shown["share"]),
        (&json!(6), &json!(0.75))
    );
    assert_eq!(shown["newest_at"], "2026-01-31T02:00:00Z");
    let path = format!("/v1/learnt-spots/{}?why=a%20bus%20stop", shown["id"]);
    assert_eq!(delete(&app, &secret, &path), 204);
    assert_eq!(delete(&app, &secret, &path), 404);
    app.follow();
    assert_eq!(app.state().rulings().spots_of(place).count(), 0);
    assert_eq!(
        app.get_as(&secret, "/v1/learnt-spots").body["spots"],
        json!([])
    );
}
