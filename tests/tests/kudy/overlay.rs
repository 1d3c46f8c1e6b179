//! Edits are searched with the snapshot: every operation, and what it leaves of the place before.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its data has failed"
)]

use geodata::edits::{Edit, Workbench};
use geodata::snapshot::Snapshot;
use geodata::{LonLat, PlaceRef};
use serde_json::{Value, json};
use server::live::Overlay;
use server::search::{
    DEFAULT_ZOOM, Found, RankWeights, SearchQuery, View, describe_shown, search_view,
};
use std::sync::Arc;
use tests::{TestApp, extract};

/// A fresh town with edits over it.
struct Town {
    overlay: Overlay,
    edits: Vec<Edit>,
}

/// In the middle of Ladyzhyn.
fn middle() -> LonLat {
    LonLat::new(29.2367, 48.6838).unwrap()
}

impl Town {
    fn new() -> Town {
        let app = TestApp::from_extracts(&[extract("ladyzhyn")]);
        let snapshot: Arc<Snapshot> = Arc::new(app.snapshot());
        Town {
            overlay: Overlay::over(snapshot),
            edits: Vec::new(),
        }
    }

    fn edit(&mut self, operation: &str, target: Option<PlaceRef>, after: Value) -> Edit {
        self.edit_from(operation, target, (Value::Null, after))
    }

    fn edit_from(
        &mut self,
        operation: &str,
        target: Option<PlaceRef>,
        (before, after): (Value, Value),
    ) -> Edit {
        let number = u32::try_from(self.edits.len()).unwrap() + 1;
        let target = target.map(|t| t.to_string());
        let edit = Edit::read(number, (operation, target.as_deref()), &before, &after).unwrap();
        self.edits.push(edit.clone());
        self.overlay.show(&self.edits).unwrap();
        edit
    }

    fn view(&self) -> View {
        self.overlay.view()
    }

    fn find(&self, text: &str) -> Vec<Found> {
        let query = SearchQuery {
            zoom: DEFAULT_ZOOM,
            ..SearchQuery::typed(text, Some(middle()))
        };
        search_view(&self.view(), &RankWeights::default(), &query).results
    }

    #[track_caller]
    fn first(&self, text: &str) -> Found {
        let found = self.find(text);
        found
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("nothing found for «{text}»"))
    }

    fn labels(&self, text: &str) -> Vec<String> {
        self.find(text).into_iter().map(|f| f.label.text).collect()
    }
}

fn point(found: &Found) -> Value {
    json!([found.point.lon(), found.point.lat()])
}

#[test]
fn a_new_house_is_found_on_its_street() {
    let mut town = Town::new();
    let street = town.first("вулиця Ентузіастів");
    let at = json!([29.2371, 48.6841]);
    town.edit(
        "create_houses",
        Some(street.id),
        json!({ "houses": [{ "housenumber": "991А", "position": at, "postcode": "24321" }] }),
    );
    let house = town.first("Ентузіастів 991а");
    assert_eq!(house.housenumber.as_deref(), Some("991А"));
    assert_eq!(house.postcode.as_deref(), Some("24321"));
    assert_eq!(point(&house), at);
    assert_eq!(house.id.place, street.id.place);
    // The other houses of the street are still there.
    assert!(town.first("Ентузіастів 24").housenumber.is_some());
    let details = describe_shown(&town.view(), house.id, &[]).unwrap();
    assert_eq!(details.housenumber.as_deref(), Some("991А"));
    assert_eq!(details.sources[0].to_string(), "e1");
}

#[test]
fn a_renamed_street_is_found_by_both_names() {
    let mut town = Town::new();
    let street = town.first("вулиця Ентузіастів");
    let old = street.label.name.clone();
    town.edit(
        "set_names",
        Some(street.id),
        json!({ "name": "вулиця Зоряних Мандрівників", "old_name": old }),
    );
    let renamed = town.first("Зоряних Мандрівників");
    assert_eq!((renamed.id, renamed.formerly), (street.id, None));
    let formerly = town.first("Ентузіастів");
    assert_eq!(formerly.id, street.id);
    assert_eq!(formerly.formerly.as_deref(), Some(old.as_str()));
    assert!(
        town.labels("вулиця Ентузіастів")
            .iter()
            .all(|l| !l.contains("Ентузіастів"))
    );
}

#[test]
fn a_moved_house_is_only_where_it_is_now() {
    let mut town = Town::new();
    let house = town.first("Ентузіастів 24");
    let there = json!([29.2401, 48.6799]);
    town.edit("move", Some(house.id), json!({ "position": there }));
    let moved = town.first("Ентузіастів 24");
    assert_eq!((moved.id, point(&moved)), (house.id, there));
}

#[test]
fn a_renumbered_house_keeps_its_id() {
    let mut town = Town::new();
    let house = town.first("Ентузіастів 24");
    town.edit(
        "set_housenumber",
        Some(house.id),
        json!({ "housenumber": "777" }),
    );
    let renumbered = town.first("Ентузіастів 777");
    assert_eq!(renumbered.id, house.id);
    assert_ne!(town.first("Ентузіастів 24").id, house.id);
}

#[test]
fn what_is_deleted_is_gone_everywhere() {
    let mut town = Town::new();
    let house = town.first("Ентузіастів 24");
    town.edit("delete", Some(house.id), Value::Null);
    assert_ne!(town.first("Ентузіастів 24").id, house.id);
    assert!(describe_shown(&town.view(), house.id, &[]).is_none());
    assert!(town.view().gone(house.id).unwrap().successor.is_none());
    let street = PlaceRef::whole(house.id.place);
    town.edit("delete", Some(street), Value::Null);
    assert!(
        town.find("вулиця Ентузіастів")
            .iter()
            .all(|f| f.id.place != house.id.place)
    );
    assert!(describe_shown(&town.view(), street, &[]).is_none());
    assert!(town.view().gone(street).is_some());
}

#[test]
fn a_new_street_with_houses_lies_in_its_town() {
    let mut town = Town::new();
    let ladyzhyn = town.first("Ладижин").id;
    let edit = town.edit(
        "create_street",
        None,
        json!({
            "name": "вулиця Медова Поляна", "name:en": "Medova Poliana Street", "within": ladyzhyn.to_string(),
            "lines": [[[29.236, 48.683], [29.238, 48.684]]],
            "houses": [{ "housenumber": "1", "position": [29.2361, 48.6831] }, { "housenumber": "3", "position": [29.2371, 48.6836] }],
        }),
    );
    let street = town.first("медова поляна");
    assert_eq!(Some(street.id.place), Workbench::created_id(&edit));
    assert_eq!(street.label.areas.city.as_deref(), Some("Ладижин"));
    assert_eq!(
        town.first("Medova Poliana 3").housenumber.as_deref(),
        Some("3")
    );
    assert_eq!(
        town.first("медова поляна 3, ладижин")
            .housenumber
            .as_deref(),
        Some("3")
    );
    // One letter wrong, and on another keyboard layout.
    assert_eq!(town.first("медвоа поляна").id, street.id);
    assert_eq!(town.first("vtljdf gjkzyf").id, street.id);
}

#[test]
fn a_new_place_is_found_by_its_name_and_its_kind() {
    let mut town = Town::new();
    let ladyzhyn = town.first("Ладижин").id;
    town.edit(
        "create_place",
        None,
        json!({
            "layer": "poi", "name": "Кав'ярня Пухнастий Кит", "category": "amenity=cafe", "opening_hours": "Mo-Su 08:00-20:00",
            "position": [29.2367, 48.6838], "within": ladyzhyn.to_string(),
        }),
    );
    let cafe = town.first("пухнастий кит");
    assert_eq!(cafe.label.name, "Кав'ярня Пухнастий Кит");
    assert!(
        town.labels("кафе")
            .iter()
            .any(|l| l.contains("Пухнастий Кит"))
    );
    let details = describe_shown(&town.view(), cafe.id, &[]).unwrap();
    assert_eq!(details.attributes["opening_hours"], "Mo-Su 08:00-20:00");
}

#[test]
fn duplicates_become_one_and_the_other_id_says_which() {
    let mut town = Town::new();
    let (one, two) = (
        town.first("вулиця Ентузіастів"),
        town.first("вулиця Будівельників"),
    );
    assert_ne!(one.id, two.id);
    let house = town.first("Ентузіастів 24");
    town.edit("merge", Some(one.id), json!({ "into": two.id.to_string() }));
    let merged = town.first("вулиця Ентузіастів");
    assert_eq!(merged.id, two.id);
    assert_eq!(town.view().gone(one.id).unwrap().successor, Some(two.id));
    let there = town.view().gone(house.id).unwrap().successor.unwrap();
    let details = describe_shown(&town.view(), there, &[]).unwrap();
    assert_eq!(details.housenumber, house.housenumber);
}

#[test]
fn a_split_gives_houses_a_street_of_their_own() {
    let mut town = Town::new();
    let house = town.first("Ентузіастів 24");
    town.edit(
        "split",
        Some(PlaceRef::whole(house.id.place)),
        json!({ "name": "провулок Срібний", "houses": [house.id.to_string()] }),
    );
    let moved = town.first("провулок Срібний 24");
    assert_eq!(moved.housenumber.as_deref(), Some("24"));
    assert_ne!(moved.id.place, house.id.place);
    assert_eq!(
        town.view().gone(house.id).unwrap().successor,
        Some(moved.id)
    );
}

#[test]
fn a_synonym_finds_the_place() {
    let mut town = Town::new();
    let street = town.first("вулиця Ентузіастів");
    town.edit(
        "add_synonym",
        Some(street.id),
        json!({ "synonym": "Бродвей" }),
    );
    assert_eq!(town.first("бродвей").id, street.id);
    assert_eq!(town.first("бродвей 24").housenumber.as_deref(), Some("24"));
}

#[test]
fn later_edits_of_one_place_add_up_also_after_they_are_settled() {
    let mut town = Town::new();
    let street = town.first("вулиця Ентузіастів");
    for round in 0..6 {
        let mut edits = town.edits.clone();
        for n in (0..49).map(|n| round * 49 + n) {
            let house = json!({ "housenumber": (5000 + n).to_string(), "position": [29.2367 + f64::from(n) * 1e-5, 48.6838] });
            let (target, after) = (street.id.to_string(), json!({ "houses": [house] }));
            let operation = ("create_houses", Some(target.as_str()));
            edits.push(Edit::read(n + 1, operation, &Value::Null, &after).unwrap());
        }
        town.overlay.show(&edits).unwrap();
        town.edits = edits;
        for asked in [5000, 5000 + round * 49 + 48] {
            let found = town.first(&format!("Ентузіастів {asked}"));
            assert_eq!(found.housenumber, Some(asked.to_string()));
        }
    }
    // Taken back: everything is as the snapshot has it.
    town.overlay.show(&[]).unwrap();
    assert_ne!(
        town.first("Ентузіастів 5000").housenumber.as_deref(),
        Some("5000")
    );
}

#[test]
fn an_inverse_takes_an_edit_back() {
    let mut town = Town::new();
    let house = town.first("Ентузіастів 24");
    let before = json!({ "position": point(&house) });
    let moved = town.edit_from(
        "move",
        Some(house.id),
        (before, json!({ "position": [29.24, 48.68] })),
    );
    let mut edits = town.edits.clone();
    edits.extend(moved.inverse().unwrap());
    town.overlay.show(&edits).unwrap();
    assert_eq!(town.first("Ентузіастів 24").point, house.point);
}
