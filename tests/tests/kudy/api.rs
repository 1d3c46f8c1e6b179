//! Answers of the API over a map drawn as text.

use insta::assert_json_snapshot;
use serde_json::{Value, json};
use std::sync::LazyLock;
use tests::{TestApp, encode};

/// A town of two streets that cross, a lane of the same name, a village without streets, and what stands there.
const GRID: &str = "\
a b c d e . . . v
. . 1 . . . . . .
f g h i j . . . w
. . 2 . . . . . .
k l m n o . . . x
. . 3 . . . . . .
p q r s t . . . y";

const OBJECTS: &str = "
w1 f-g-h-i-j highway=residential | name=вулиця Лисенка | name:ru=улица Лысенко | old_name=вулиця Кірова
w2 c-1-h-2-m-3-r highway=secondary | name=проспект Миру
w3 k-l highway=living_street | name=провулок Лисенка
n10 f addr:housenumber=1 | addr:street=вулиця Лисенка
n11 g addr:housenumber=3-А | addr:street=вулиця Лисенка
n12 i addr:housenumber=7 | addr:street=вулиця Лисенка | addr:postcode=24321
n13 j addr:housenumber=11 | addr:street=вул. Лысенко
n14 h entrance=staircase | ref=2 | addr:flats=10-18 | addr:housenumber=7 | addr:street=вулиця Лисенка
n15 x addr:housenumber=5 | addr:place=Липівка
n16 s amenity=pharmacy | name=Аптека №1 | opening_hours=24/7
n17 a place=town | name=Зорянськ | name:en=Zoriansk
n18 y place=village | name=Липівка
n19 w amenity=fuel | brand=ОККО | name=ОККО | fuel:diesel=yes
";

static APP: LazyLock<TestApp> = LazyLock::new(|| TestApp::from_town(GRID, OBJECTS));

fn labels(query: &str) -> Vec<String> {
    APP.autocomplete(query, Some((30.001, 49.999))).all("label")
}

#[test]
fn a_house_is_answered_by_the_house() {
    let reply = APP.autocomplete("лисенка 7", Some((30.001, 49.999)));
    assert_json_snapshot!(reply.features()[0], { ".properties.confidence" => "[confidence]", ".properties.id" => "[id]" }, @r#"
    {
      "geometry": {
        "coordinates": [
          30.003,
          49.999
        ],
        "type": "Point"
      },
      "properties": {
        "city": "Зорянськ",
        "confidence": "[confidence]",
        "distance_m": 143,
        "housenumber": "7",
        "id": "[id]",
        "label": "вулиця Лисенка 7, Зорянськ",
        "layer": "house",
        "match": "exact",
        "matched": [
          [
            7,
            14
          ],
          [
            15,
            16
          ]
        ],
        "name": "7",
        "osm": "n12",
        "postcode": "24321",
        "street": "вулиця Лисенка",
        "uncertainty_m": 0
      },
      "type": "Feature"
    }
    "#);
}

#[test]
fn house_states_are_honest() {
    let state = |query: &str| {
        let reply = APP.autocomplete(query, None);
        (reply.first("match"), reply.first("label"))
    };
    let is = |state: &str, label: &str| (state.to_owned(), label.to_owned());
    assert_eq!(
        state("лисенка 3а"),
        is("exact", "вулиця Лисенка 3-А, Зорянськ")
    );
    assert_eq!(
        state("лисенка 7б"),
        is("suffix_missing", "вулиця Лисенка 7, Зорянськ")
    );
    assert_eq!(
        state("лисенка 9"),
        is("interpolated", "вулиця Лисенка 9, Зорянськ")
    );
    assert_eq!(
        state("лисенка 99"),
        is("street_only", "вулиця Лисенка, Зорянськ")
    );
    assert_eq!(state("лисенка 7 під'їзд 2").0, "entrance");
}

#[test]
fn an_interpolated_house_lies_between_its_neighbours() {
    let reply = APP.autocomplete("лисенка 9", None);
    assert_eq!(
        reply.features()[0]["geometry"]["coordinates"],
        json!([30.0035, 49.999])
    );
    assert_eq!(reply.features()[0]["properties"]["uncertainty_m"], 36);
}

#[test]
fn status_words_tell_namesakes_apart() {
    assert_eq!(labels("провулок лисенка")[0], "провулок Лисенка, Зорянськ");
    assert_eq!(labels("вул лисенка")[0], "вулиця Лисенка, Зорянськ");
    assert_eq!(labels("лисенка пров")[0], "провулок Лисенка, Зорянськ");
}

#[test]
fn old_names_say_so() {
    let reply = APP.autocomplete("кірова", None);
    assert_eq!(reply.first("formerly"), "вулиця Кірова");
}

#[test]
fn everybody_reads_names_in_their_own_language_whoever_asked_before() {
    let label = |languages: &str| {
        let q = encode("лисенка 7");
        let path = format!("/v1/autocomplete?q={q}&lang={languages}");
        APP.get(&path).first("label")
    };
    for _ in 0..2 {
        assert_eq!(label("uk"), "вулиця Лисенка 7, Зорянськ");
        assert_eq!(label("en"), "вулиця Лисенка 7, Zoriansk");
        assert_eq!(label("ru,en"), "улица Лысенко 7, Zoriansk");
        assert_eq!(label("ru"), "улица Лысенко 7, Зорянськ");
    }
}

#[test]
fn the_same_street_is_found_in_every_script_order_and_with_slips() {
    for query in [
        "лисенка",
        "lysenka",
        "лысенко",
        "лисeнка",
        "ЛИСЕНКА вул.",
        "лсенка",
        "кисенка",
        "лисена",
        "kbctyrf",
    ] {
        assert_eq!(labels(query)[0], "вулиця Лисенка, Зорянськ", "{query}");
    }
}

#[test]
fn houses_of_villages_without_streets_belong_to_the_village() {
    assert_eq!(labels("липівка 5")[0], "Липівка 5");
}

#[test]
fn streets_that_cross_have_a_corner() {
    for query in [
        "лисенка / миру",
        "ріг миру та лисенка",
        "проспект миру і лисенка",
    ] {
        let reply = APP.autocomplete(query, None);
        assert_eq!(reply.first("layer"), "intersection", "{query}");
        assert_eq!(
            reply.features()[0]["geometry"]["coordinates"],
            json!([30.002, 49.999]),
            "{query}"
        );
    }
}

#[test]
fn categories_are_found_by_their_word() {
    assert_eq!(
        APP.autocomplete("азс", None).first("label"),
        "ОККО, Липівка"
    );
    assert_eq!(
        APP.autocomplete("аптека поруч", None).first("name"),
        "Аптека №1"
    );
}

#[test]
fn filters_are_hard() {
    let all = |filter: &str| {
        APP.get(&format!(
            "/v1/autocomplete?q={}&{filter}",
            encode("лисенка")
        ))
        .all("label")
    };
    assert_eq!(all("layers=poi"), Vec::<String>::new());
    assert_eq!(all("layers=street").len(), 2);
    assert_eq!(
        all("bbox=30.0,49.9975,30.0009,49.9985"),
        ["провулок Лисенка, Зорянськ"]
    );
    assert_eq!(all("country=md"), Vec::<String>::new());
}

#[test]
fn nothing_is_an_answer() {
    for query in ["ъыэщщ", "zzqqxx", "12345678"] {
        let reply = APP.autocomplete(query, Some((30.0, 50.0)));
        assert_eq!(
            (reply.status, reply.features().len()),
            (200, 0),
            "{query}: {:?}",
            reply.all("label")
        );
    }
}

#[test]
fn fields_of_an_address_are_searched_together() {
    let street = encode("вулиця Лисенка");
    let reply = APP.get(&format!(
        "/v1/search?street={street}&housenumber=7&city={}",
        encode("Зорянськ")
    ));
    assert_eq!(
        (reply.first("match"), reply.first("osm")),
        ("exact".to_owned(), "n12".to_owned())
    );
    let other = APP.get(&format!(
        "/v1/search?street={street}&housenumber=7&postcode=99999"
    ));
    assert!(other.all("housenumber").iter().all(|n| n != "7"));
}

#[test]
fn details_and_houses_of_a_street() {
    let id = APP.autocomplete("вулиця лисенка", None).first("id");
    let place = APP.get(&format!("/v1/places/{id}"));
    assert_json_snapshot!(place.body["properties"], { ".id" => "[id]", ".importance" => "[importance]" }, @r#"
    {
      "attributes": {},
      "city": "Зорянськ",
      "crossings": [
        "проспект Миру"
      ],
      "houses": 4,
      "id": "[id]",
      "importance": "[importance]",
      "label": "вулиця Лисенка, Зорянськ",
      "layer": "street",
      "name": "вулиця Лисенка",
      "names": [
        {
          "kind": "name",
          "name": "вулиця Лисенка"
        },
        {
          "kind": "name",
          "lang": "ru",
          "name": "улица Лысенко"
        },
        {
          "kind": "old_name",
          "name": "вулиця Кірова"
        }
      ],
      "osm": [
        "w1"
      ],
      "popularity": 0
    }
    "#);
    let houses = APP.get(&format!("/v1/places/{id}/houses"));
    let numbers: Vec<&Value> = houses.body["houses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| &h["housenumber"])
        .collect();
    assert_eq!(numbers, ["1", "3-А", "7", "11"]);
    let ones = APP.get(&format!("/v1/places/{id}/houses?prefix=1&limit=1"));
    assert_eq!(
        (
            ones.body["total"].as_u64(),
            ones.body["houses"].as_array().unwrap().len()
        ),
        (Some(2), 1)
    );
    let house = houses.body["houses"][2]["id"].as_str().unwrap();
    let house = APP.get(&format!("/v1/places/{house}"));
    assert_eq!(
        house.body["properties"]["label"],
        "вулиця Лисенка 7, Зорянськ"
    );
    assert_eq!(house.body["properties"]["entrances"], json!(["2"]));
}

#[test]
fn ids_of_results_lead_to_their_details() {
    for query in [
        "лисенка 7",
        "лисенка 7 під'їзд 2",
        "лисенка / миру",
        "аптека №1",
        "зорянськ",
    ] {
        let found = APP.autocomplete(query, None);
        let place = APP.get(&format!("/v1/places/{}", found.first("id")));
        assert_eq!(place.status, 200, "{query}");
        assert_eq!(
            place.body["properties"]["layer"],
            found.first("layer"),
            "{query}"
        );
        assert_eq!(
            place.body["geometry"],
            found.features()[0]["geometry"],
            "{query}"
        );
    }
}

#[test]
fn problems_have_a_stable_shape() {
    let reply = APP.get("/v1/autocomplete?q=a&lat=95&lon=30");
    assert_json_snapshot!(reply.body, { ".request_id" => "[id]" }, @r#"
    {
      "code": "invalid_parameter",
      "detail": "`lat`: expected a number between -90 and 90, got `95`",
      "instance": "/v1/autocomplete",
      "request_id": "[id]",
      "status": 400,
      "title": "Invalid parameter",
      "type": "/problems/invalid_parameter"
    }
    "#);
    assert_eq!(APP.get("/v1/places/000000000000").status, 404);
    assert_eq!(APP.get("/v1/places/nonsense").status, 400);
    assert_eq!(APP.get("/v2/nothing").body["code"], "no_such_route");
}

#[test]
fn the_openapi_document_lists_every_parameter_that_is_read() {
    let document = APP.get("/openapi.json").body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let parameters = document["paths"]["/v1/autocomplete"]["get"]["parameters"]
        .as_array()
        .unwrap();
    let names: Vec<&str> = parameters
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    for name in [
        "q",
        "lat",
        "lon",
        "zoom",
        "lang",
        "limit",
        "layers",
        "categories",
        "bbox",
        "country",
        "within",
        "session",
        "debug",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    for path in [
        "/v1/search",
        "/v1/places/{id}",
        "/v1/places/{id}/houses",
        "/v1/status",
        "/health/live",
        "/health/ready",
        "/metrics",
    ] {
        assert!(document["paths"].get(path).is_some(), "{path}");
    }
}

#[test]
fn debug_explains_every_result() {
    let reply = APP.get(&format!(
        "/v1/autocomplete?q={}&debug=1",
        encode("лисенка 7")
    ));
    let why = reply.features()[0]["properties"]["why"].as_array().unwrap();
    let rules: Vec<&str> = why
        .iter()
        .map(|w| w.as_str().unwrap().split(' ').next().unwrap())
        .collect();
    assert_eq!(rules, ["text", "house", "importance", "layer"]);
}
