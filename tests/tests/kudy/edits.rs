//! Cartographers at work: proposals, reviews, what is refused and why, and what riders find afterwards.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its data has failed"
)]

use axum::body::Body;
use axum::http::Request;
use geodata::base::{EditState, Role, StateChange};
use serde_json::{Value, json};
use tests::{NOW_MS, Reply, TestApp};

const GRID: &str = "\
a b c d e
. . . . .
f g h i j
. . . . .
k l m n o";

const OBJECTS: &str = "
n100 a place=city | name=Дубове
w1 a-b-c highway=residential | name=вулиця Лісова | name:uk=вулиця Лісова
w2 f-g-h highway=residential | name=вулиця Польова
n11 a addr:housenumber=1 | addr:street=вулиця Лісова
n12 b addr:housenumber=2 | addr:street=вулиця Лісова
n21 f addr:housenumber=1 | addr:street=вулиця Польова
n41 e amenity=cafe | name=Жовтий Кіт";

/// A town with its staff.
struct Town {
    app: TestApp,
    ann: String,
    bob: String,
    eve: String,
}

impl Town {
    fn new() -> Town {
        let app = TestApp::from_town(GRID, OBJECTS);
        let [ann, bob, eve] = [
            ("ann", Role::Cartographer),
            ("bob", Role::Cartographer),
            ("eve", Role::Reviewer),
        ]
        .map(|(name, role)| app.token(name, role).1);
        Town { app, ann, bob, eve }
    }

    fn search(&self, text: &str) -> Reply {
        self.app
            .get(&format!("/v1/search?q={}", tests::encode(text)))
    }

    fn id_of(&self, text: &str) -> String {
        self.search(text).first("id")
    }

    /// Proposes an edit that is expected to be stored; returns its number.
    #[track_caller]
    fn propose(&self, who: &str, edit: &Value) -> i64 {
        let reply = self.app.post(who, "/v1/edits", edit);
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["id"].as_i64().unwrap()
    }

    #[track_caller]
    fn refused(&self, edit: &Value, (status, code): (u16, &str)) -> Value {
        let reply = self.app.post(&self.ann, "/v1/edits", edit);
        assert_eq!(
            (reply.status, reply.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            reply.body
        );
        reply.body
    }

    fn step(&self, who: &str, (edit, step): (i64, &str), body: &Value) -> Reply {
        let reply = self
            .app
            .post(who, &format!("/v1/edits/{edit}/{step}"), body);
        self.app.follow();
        reply
    }

    fn send(&self, who: &str, path: &str, (key, body): (&str, String)) -> Reply {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {who}"))
            .header("idempotency-key", key);
        let reply = self.app.ask(request.body(Body::from(body)).unwrap());
        self.app.follow();
        reply
    }
}

#[test]
fn a_new_name_is_found_when_a_second_pair_of_eyes_has_seen_it() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let edit = json!({ "operation": "set_names", "target": street, "after": { "name": "вулиця Героїв" },
        "comment": "renamed in 2023", "evidence": ["https://example.org/decision.pdf"] });
    let edit = town.propose(&town.ann, &edit);
    assert!(town.search("вулиця Героїв").features().is_empty());
    let own = town.step(&town.ann, (edit, "approve"), &json!({}));
    assert_eq!(
        (own.status, own.body["code"].as_str()),
        (403, Some("role_required"))
    );
    let approved = town.step(
        &town.bob,
        (edit, "approve"),
        &json!({ "why": "seen the sign" }),
    );
    assert_eq!(
        (approved.status, approved.body["state"].as_str()),
        (200, Some("approved"))
    );
    assert_eq!(town.id_of("вулиця Героїв"), street);
    let formerly = town.search("вулиця Лісова 2");
    assert_eq!(formerly.first("label"), "вулиця Героїв 2, Дубове");
    assert_eq!(formerly.first("formerly"), "вулиця Лісова");
    // In Ukrainian too: the translation was the same name.
    let uk = town.app.get(&format!("/v1/places/{street}?lang=uk"));
    assert_eq!(uk.body["properties"]["name"], "вулиця Героїв");
    let history = town
        .app
        .get_as(&town.bob, &format!("/v1/places/{street}/history"))
        .body;
    let states: Vec<&str> = history["edits"][0]["journal"]
        .as_array()
        .unwrap()
        .iter()
        .map(|j| j["to"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["submitted", "approved"]);
    assert_eq!(history["edits"][0]["journal"][1]["why"], "seen the sign");
    let reverted = town.step(
        &town.bob,
        (edit, "revert"),
        &json!({ "why": "the council took it back" }),
    );
    assert_eq!(reverted.body["state"], "reverted");
    assert!(town.search("вулиця Героїв").features().is_empty());
    assert_eq!(
        town.search("вулиця Лісова 2").first("label"),
        "вулиця Лісова 2, Дубове"
    );
}

#[test]
fn who_edits_what_has_changed_meanwhile_is_told_both_values() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let rename = |before: &str, after: &str| {
        json!({ "operation": "set_names", "target": street,
        "before": { "name": before }, "after": { "name": after } })
    };
    let refused = town.refused(
        &rename("вулиця Сосни", "вулиця Героїв"),
        (409, "stale_edit"),
    );
    let field = &refused["stale"][0];
    assert_eq!(
        [&field["field"], &field["expected"], &field["present"]],
        ["name", "вулиця Сосни", "вулиця Лісова"]
    );
    // Two at once: the second one cannot be approved.
    let one = town.propose(&town.ann, &rename("вулиця Лісова", "вулиця Героїв"));
    let two = town.propose(&town.ann, &rename("вулиця Лісова", "вулиця Садова"));
    assert_eq!(
        town.step(&town.bob, (one, "approve"), &json!({})).status,
        200
    );
    let late = town.step(&town.bob, (two, "approve"), &json!({}));
    assert_eq!(
        (late.status, late.body["code"].as_str()),
        (409, Some("stale_edit"))
    );
    // What another edit builds on is not taken back before it.
    let three = town.propose(&town.ann, &rename("вулиця Героїв", "вулиця Героїв Крут"));
    town.step(&town.bob, (three, "approve"), &json!({}));
    let below = town.step(&town.bob, (one, "revert"), &json!({}));
    assert_eq!(
        (below.status, below.body["code"].as_str()),
        (409, Some("conflict"))
    );
    assert_eq!(
        town.step(&town.bob, (three, "revert"), &json!({})).status,
        200
    );
    assert_eq!(
        town.step(&town.bob, (one, "revert"), &json!({})).status,
        200
    );
}

/// Edits that make no sense, the field at fault, and what the refusal says of it.
fn senseless(street: &str, house: &str) -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (
            json!({ "operation": "paint", "target": street }),
            "operation",
            "paint",
        ),
        (
            json!({ "operation": "set_names", "target": street, "after": { "colour": "red" } }),
            "after.colour",
            "names",
        ),
        (
            json!({ "operation": "set_names", "target": street, "after": { "name": "" } }),
            "after.name",
            "a name",
        ),
        (
            json!({ "operation": "set_names", "target": street, "after": {} }),
            "after",
            "a field",
        ),
        (
            json!({ "operation": "set_housenumber", "target": street, "after": { "housenumber": "5" } }),
            "target",
            "18 characters",
        ),
        (
            json!({ "operation": "set_housenumber", "target": house, "after": { "housenumber": "б/н" } }),
            "after.housenumber",
            "б/н",
        ),
        (
            json!({ "operation": "move", "target": house, "after": { "position": [200, 50] } }),
            "after.position",
            "[lon, lat]",
        ),
        (
            json!({ "operation": "move", "target": house, "after": { "position": [24.0, 49.8] } }),
            "after.position",
            "50000 m",
        ),
        (
            json!({ "operation": "create_street", "after": { "lines": [[[30.0, 50.0], [30.1, 50.0]]] } }),
            "after.name",
            "a value",
        ),
        (
            json!({ "operation": "set_names", "target": "x", "after": { "name": "А" } }),
            "target",
            "place id",
        ),
        (
            json!({ "operation": "set_names", "target": street, "after": { "name": "А" }, "state": "done" }),
            "state",
            "draft",
        ),
        (
            json!({ "operation": "set_names", "target": street, "after": { "name": "А" }, "evidence": ["file:///etc/passwd"] }),
            "evidence",
            "https",
        ),
    ]
}

#[test]
fn what_makes_no_sense_is_refused_with_field_and_value() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let house = town.id_of("вулиця Лісова 2");
    let cases = senseless(&street, &house);
    for (edit, field, allowed) in cases {
        let body = town.refused(&edit, (400, "invalid_parameter"));
        let detail = body["detail"].as_str().unwrap();
        assert!(
            detail.contains(field) && detail.contains(allowed),
            "{edit}: {detail}"
        );
    }
    let nowhere = json!({ "operation": "delete", "target": "000000000001" });
    town.refused(&nowhere, (404, "no_such_place"));
    let surplus = json!({ "operation": "delete", "target": street, "colour": "red" });
    assert!(
        town.refused(&surplus, (400, "invalid_parameter"))["detail"]
            .as_str()
            .unwrap()
            .contains("colour")
    );
    let own_approval = json!({ "operation": "delete", "target": street, "state": "approved" });
    town.refused(&own_approval, (403, "role_required"));
}

#[test]
fn what_is_odd_has_to_be_confirmed() {
    let town = Town::new();
    let (street, house) = (town.id_of("вулиця Лісова"), town.id_of("вулиця Лісова 2"));
    let new = |number: &str, lon: f64| {
        json!({ "operation": "create_houses", "target": street,
        "after": { "houses": [{ "housenumber": number, "position": [lon, 50.0] }] } })
    };
    for (edit, code) in [
        (new("2", 30.0), "duplicate_number"),
        (new("9", 30.1), "far_from_street"),
        (
            json!({ "operation": "move", "target": house, "after": { "position": [30.05, 50.0] } }),
            "far_move",
        ),
        (
            json!({ "operation": "set_housenumber", "target": house, "after": { "housenumber": "1" } }),
            "duplicate_number",
        ),
        (
            json!({ "operation": "create_street", "after": { "name": "вулиця Польова", "position": [30.0, 49.999], "within": town.id_of("Дубове") } }),
            "duplicate_street",
        ),
    ] {
        let body = town.refused(&edit, (422, "confirmation_required"));
        let codes: Vec<&str> = body["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|w| w["code"].as_str().unwrap())
            .collect();
        assert!(codes.contains(&code), "{edit}: {codes:?}");
        let mut edit = edit;
        edit["confirm"] = json!(codes);
        town.propose(&town.ann, &edit);
    }
    town.refused(&new("9", 31.0), (400, "invalid_parameter"));
}

#[test]
fn a_repeated_request_is_done_once() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let edit = json!({ "operation": "set_names", "target": street, "after": { "name": "вулиця Героїв" }, "state": "approved" });
    let once = town.send(&town.eve, "/v1/edits", ("key-1", edit.to_string()));
    let again = town.send(&town.eve, "/v1/edits", ("key-1", edit.to_string()));
    assert_eq!((once.status, &once.body), (201, &again.body));
    let all = town.app.get_as(&town.eve, "/v1/edits").body;
    assert_eq!(all["edits"].as_array().unwrap().len(), 1);
    let other = json!({ "operation": "delete", "target": street });
    let reused = town.send(&town.eve, "/v1/edits", ("key-1", other.to_string()));
    assert_eq!(
        (reused.status, reused.body["code"].as_str()),
        (422, Some("idempotency_key_reused"))
    );
}

#[test]
fn a_batch_is_stored_whole_or_not_at_all() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let line = |n: u32, position: Value| {
        json!({ "operation": "create_houses", "target": street, "state": "approved",
        "after": { "houses": [{ "housenumber": n.to_string(), "position": position }] } })
        .to_string()
    };
    let good: Vec<String> = (100..140)
        .map(|n| line(n, json!([30.0005, 50.0])))
        .collect();
    let bad = format!("{}\n{}\n{{\n", good[0], line(7, json!("here")));
    let refused = town.send(&town.eve, "/v1/edits:batch", ("batch-1", bad));
    assert_eq!(refused.status, 422);
    let lines: Vec<i64> = refused.body["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["line"].as_i64().unwrap())
        .collect();
    assert_eq!(lines, [2, 3]);
    assert!(
        town.search("вулиця Лісова 100")
            .first("housenumber")
            .is_empty()
    );
    let stored = town.send(&town.eve, "/v1/edits:batch", ("batch-2", good.join("\n")));
    assert_eq!(
        stored.body["edits"].as_array().unwrap().len(),
        40,
        "{}",
        stored.body
    );
    assert_eq!(town.search("вулиця Лісова 139").first("housenumber"), "139");
    let again = town.send(&town.eve, "/v1/edits:batch", ("batch-2", good.join("\n")));
    assert_eq!(again.body, stored.body);
    let keyless = town.app.post(&town.eve, "/v1/edits:batch", &json!({}));
    assert_eq!(keyless.status, 400);
}

#[test]
fn a_conflict_is_listed_with_its_three_values_and_decided() {
    let town = Town::new();
    let street = town.id_of("вулиця Лісова");
    let edit = json!({ "operation": "set_names", "target": street, "after": { "name": "вулиця Героїв" }, "state": "approved" });
    for keep in ["ours", "theirs"] {
        let edit = town.propose(&town.eve, &edit);
        let detail = json!({ "fields": [{ "field": "name", "base": "вулиця Лісова", "theirs": "вулиця Дубова", "ours": "вулиця Героїв" }] });
        let change = StateChange {
            id: edit,
            expected: &[EditState::Approved],
            to: EditState::Conflicted,
            who: None,
            why: "import",
            detail: Some(detail),
        };
        town.app
            .run(town.app.base.change_edit(&change, NOW_MS))
            .unwrap();
        town.app.follow();
        let listed = town.app.get_as(&town.bob, "/v1/conflicts").body;
        let field = &listed["edits"][0]["journal"][0]["detail"]["fields"][0];
        assert_eq!(
            [&field["base"], &field["theirs"], &field["ours"]],
            ["вулиця Лісова", "вулиця Дубова", "вулиця Героїв"]
        );
        assert_eq!(
            town.step(&town.bob, (edit, "resolve"), &json!({})).status,
            400
        );
        let resolved = town.step(&town.bob, (edit, "resolve"), &json!({ "keep": keep }));
        let state = if keep == "ours" {
            "approved"
        } else {
            "reverted"
        };
        assert_eq!(resolved.body["state"], state);
        assert!(
            town.app.get_as(&town.bob, "/v1/conflicts").body["edits"]
                .as_array()
                .unwrap()
                .is_empty()
        );
        if keep == "ours" {
            assert_eq!(town.id_of("вулиця Героїв"), street);
            town.step(&town.bob, (edit, "revert"), &json!({}));
        }
    }
    assert!(town.search("вулиця Героїв").features().is_empty());
}

#[test]
fn a_draft_is_submitted_and_a_rejected_edit_can_be_again() {
    let town = Town::new();
    let cafe = town.id_of("Жовтий Кіт");
    let edit = json!({ "operation": "set_attributes", "target": cafe, "after": { "opening_hours": "24/7" }, "state": "draft" });
    let edit = town.propose(&town.ann, &edit);
    assert_eq!(
        town.step(&town.bob, (edit, "approve"), &json!({})).status,
        409
    );
    assert_eq!(
        town.step(&town.bob, (edit, "submit"), &json!({})).status,
        403
    );
    assert_eq!(
        town.step(&town.ann, (edit, "submit"), &json!({})).body["state"],
        "submitted"
    );
    assert_eq!(
        town.step(
            &town.bob,
            (edit, "reject"),
            &json!({ "why": "closed at night" })
        )
        .body["state"],
        "rejected"
    );
    assert_eq!(
        town.step(&town.ann, (edit, "submit"), &json!({})).body["state"],
        "submitted"
    );
    assert_eq!(
        town.step(&town.bob, (edit, "approve"), &json!({})).body["state"],
        "approved"
    );
    let place = town.app.get(&format!("/v1/places/{cafe}")).body;
    assert_eq!(place["properties"]["attributes"]["opening_hours"], "24/7");
}
