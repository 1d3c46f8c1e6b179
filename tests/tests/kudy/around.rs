//! From points to addresses and to the nearest places, over a map drawn as text.

use insta::assert_json_snapshot;
use serde_json::json;
use std::sync::LazyLock;
use tests::{Reply, TestApp, encode};

/// A long building (a-b-c-d), a small house beside it (x), two streets that cross at e, a lane's house (k), filling
/// stations along the road (m, n, o, p), a chemist (s), a metro station (t).
const GRID: &str = "\
. . . . . . . . . . . . . . .
. . a . . . . . . b . . . . .
x . . . . . . . . . . . . . .
. . d . . . . . . c . . . . .
. . . . . . . . . . . . . . .
e . . f . . . g . . h . . . .
. . . k . . s . . m n o p . .
. . . . . . . . . . . . . . t
. . l . r . . . . . . . . . .
. . . . . . z . . . . . . . .";

const OBJECTS: &str = "
w1 e-f-g-h highway=residential | name=вулиця Лісова | name:en=Lisova Street
w2 x-e highway=residential | name=вулиця Сонячна
w3 l-r highway=residential | name=провулок Тихий
w10 a-b-c-d-a building=yes | addr:housenumber=10 | addr:street=вулиця Лісова
n11 x addr:housenumber=5 | addr:street=вулиця Сонячна | addr:postcode=24321
n12 k addr:housenumber=1 | addr:street=провулок Тихий
n20 m amenity=fuel | name=ОККО | brand=ОККО | fuel:diesel=yes | car_wash=yes | opening_hours=Mo-Fr 08:00-20:00
n21 n amenity=fuel | name=WOG | brand=WOG | fuel:diesel=yes | opening_hours=24/7
n22 o amenity=fuel | brand=OKKO | fuel:diesel=no | fuel:lpg=yes
n23 p amenity=charging_station | socket:type2=2 | opening_hours=sunrise-sunset
n24 s amenity=pharmacy | name=Аптека №1 | opening_hours=Mo-Su 08:00-20:00; PH off | payment:cards=yes
n25 t railway=station | station=subway | name=Лісова
n30 z place=town | name=Зорянськ | name:en=Zoriansk
";

static APP: LazyLock<TestApp> = LazyLock::new(|| TestApp::from_town(GRID, OBJECTS));

/// A point by column and row of the grid, as parameters; a blank stands between two columns.
fn at(column: f64, row: f64) -> String {
    format!(
        "lat={:.7}&lon={:.7}",
        50.0 - row * 0.0005,
        30.0 + column * 0.001
    )
}

fn reverse(column: f64, row: f64, more: &str) -> Reply {
    let reply = APP.get(&format!("/v1/reverse?{}{more}", at(column, row)));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply
}

fn nearby(more: &str) -> Reply {
    let reply = APP.get(&format!("/v1/nearby?{}{more}", at(7.0, 6.0)));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply
}

#[test]
fn a_point_has_a_house_a_street_and_the_areas_around() {
    let reply = reverse(0.1, 2.1, "&limit=2&lang=en");
    assert_json_snapshot!(reply.body, { ".features[].properties.id" => "[id]", ".geocoding" => "[geocoding]" }, @r#"
    {
      "areas": {
        "city": "Zoriansk"
      },
      "features": [
        {
          "geometry": {
            "coordinates": [
              30.0,
              49.999
            ],
            "type": "Point"
          },
          "properties": {
            "bearing_deg": 308,
            "city": "Zoriansk",
            "distance_m": 9,
            "housenumber": "5",
            "id": "[id]",
            "label": "вулиця Сонячна 5, Zoriansk",
            "layer": "house",
            "match": "exact",
            "matched": [],
            "name": "5",
            "osm": "n11",
            "postcode": "24321",
            "street": "вулиця Сонячна",
            "uncertainty_m": 0
          },
          "type": "Feature"
        },
        {
          "geometry": {
            "coordinates": [
              30.0,
              49.99895
            ],
            "type": "Point"
          },
          "properties": {
            "bearing_deg": 270,
            "city": "Zoriansk",
            "distance_m": 7,
            "id": "[id]",
            "label": "вулиця Сонячна, Zoriansk",
            "layer": "street",
            "matched": [],
            "name": "вулиця Сонячна",
            "osm": "w2"
          },
          "type": "Feature"
        }
      ],
      "geocoding": "[geocoding]",
      "type": "FeatureCollection"
    }
    "#);
}

#[test]
fn the_building_that_holds_the_point_comes_before_a_nearer_house() {
    let inside = reverse(2.2, 2.0, "&layers=house&limit=2");
    assert_eq!(inside.all("housenumber"), ["10", "5"]);
    let distances: Vec<u64> = inside
        .features()
        .iter()
        .filter_map(|f| f["properties"]["distance_m"].as_u64())
        .collect();
    assert!(distances[0] > distances[1], "{distances:?}");
    assert_eq!(reverse(1.8, 2.0, "&layers=house").first("housenumber"), "5");
}

#[test]
fn a_street_under_the_point_comes_before_the_house_of_another() {
    let on_it = reverse(3.0, 5.0, "&limit=2");
    assert_eq!(
        on_it.all("label"),
        ["вулиця Лісова, Зорянськ", "провулок Тихий 1, Зорянськ"]
    );
    let beside = reverse(3.0, 5.5, "&limit=2");
    assert_eq!(beside.all("layer"), ["house", "street"]);
    // Its point is the nearest one of its line: straight to the north.
    let street = &beside.features()[1];
    assert_eq!(street["geometry"]["coordinates"], json!([30.003, 49.9975]));
    assert_eq!(
        (
            &street["properties"]["distance_m"],
            &street["properties"]["bearing_deg"]
        ),
        (&28.into(), &0.into())
    );
}

#[test]
fn layers_and_radius_are_kept_to() {
    let things = reverse(12.0, 6.5, "&layers=poi,station");
    assert_eq!(things.first("category"), "amenity=charging_station");
    assert!(things.all("layer").contains(&"station".to_owned()));
    assert!(
        reverse(12.0, 6.5, "&layers=house&radius=30")
            .features()
            .is_empty()
    );
    assert_eq!(
        reverse(12.0, 6.5, "&layers=house&radius=2000")
            .features()
            .len(),
        3
    );
    assert_eq!(
        reverse(12.0, 6.5, "&layers=house&radius=2000&limit=1")
            .features()
            .len(),
        1
    );
}

#[test]
fn where_there_is_no_address_there_is_a_settlement_or_nothing() {
    let field = reverse(80.0, 60.0, "");
    assert_eq!(field.all("layer"), ["city"]);
    assert_eq!(field.body["areas"]["city"], "Зорянськ");
    for (lat, lon) in [
        (0.0, -140.0),
        (90.0, 0.0),
        (-90.0, 180.0),
        (10.0, 180.0),
        (10.0, -180.0),
        (0.0, 0.0),
    ] {
        for path in ["reverse", "nearby"] {
            let reply = APP.get(&format!("/v1/{path}?lat={lat}&lon={lon}"));
            assert_eq!(
                (reply.status, reply.features().len()),
                (200, 0),
                "{path} {lat} {lon}"
            );
        }
    }
}

#[test]
fn the_nearest_of_a_category_brand_and_attributes() {
    let fuel = nearby("&category=amenity=fuel");
    assert_eq!(fuel.all("osm"), ["n20", "n21", "n22"]);
    assert_eq!(nearby("&category=amenity=fuel&limit=1").features().len(), 1);
    assert_eq!(
        nearby(&format!("&category={}", encode("заправка"))).all("osm"),
        ["n20", "n21", "n22"]
    );
    assert_eq!(
        nearby("&category=railway,station,amenity=pharmacy").first("osm"),
        "n24"
    );
    assert_eq!(nearby("&category=amenity").features().len(), 5);
    assert!(nearby("&category=amenity=bank").features().is_empty());
    assert_eq!(nearby("&brand=okko").all("osm"), ["n20", "n22"]);
    assert_eq!(
        nearby(&format!("&brand={}", encode("Окко"))).all("osm"),
        ["n20", "n22"]
    );
    assert_eq!(nearby("&brand=shell").features().len(), 0);
    assert_eq!(nearby("&attributes=fuel:diesel").all("osm"), ["n20", "n21"]);
    assert_eq!(
        nearby("&attributes=fuel:diesel=yes,car_wash=yes").all("osm"),
        ["n20"]
    );
    assert_eq!(nearby("&attributes=socket:type2").all("osm"), ["n23"]);
    assert_eq!(
        nearby("&category=amenity=fuel&radius=150").all("osm"),
        ["n20"]
    );
}

#[test]
fn open_means_known_to_be_open_by_local_time() {
    let open = |at: &str| {
        nearby(&format!(
            "&category=amenity=fuel,amenity=pharmacy&open_at={}",
            encode(at)
        ))
        .all("osm")
    };
    // A Saturday, a Friday, and the same Friday's evening as UTC tells it; 24 August is a holiday.
    assert_eq!(open("2026-11-21T10:00:00+02:00"), ["n24", "n21"]);
    assert_eq!(open("2026-11-20T10:00:00+02:00"), ["n24", "n20", "n21"]);
    assert_eq!(open("2026-11-20T18:30:00Z"), ["n21"]);
    assert_eq!(open("2026-08-24T12:00:00+03:00"), ["n20", "n21"]);
    let sunny = nearby("&category=amenity=charging_station&open_at=2026-06-21T12:00:00Z");
    assert_eq!(sunny.features()[0]["properties"]["open"], true);
    assert!(
        nearby("&category=amenity=charging_station&open_at=2026-06-21T23:00:00Z")
            .features()
            .is_empty()
    );
}

#[test]
fn a_nearby_place_says_where_and_when() {
    let reply = nearby("&category=amenity=fuel&limit=1&open_at=2026-11-20T10:00:00Z");
    assert_json_snapshot!(reply.features()[0], { ".properties.id" => "[id]" }, @r#"
    {
      "geometry": {
        "coordinates": [
          30.009,
          49.997
        ],
        "type": "Point"
      },
      "properties": {
        "bearing_deg": 90,
        "brand": "ОККО",
        "category": "amenity=fuel",
        "city": "Зорянськ",
        "distance_m": 143,
        "id": "[id]",
        "label": "ОККО, Зорянськ",
        "layer": "poi",
        "matched": [],
        "name": "ОККО",
        "open": true,
        "opening_hours": "Mo-Fr 08:00-20:00",
        "osm": "n20"
      },
      "type": "Feature"
    }
    "#);
}

#[test]
fn a_batch_answers_line_by_line() {
    let point =
        |column: f64, row: f64| json!({"lat": 50.0 - row * 0.0005, "lon": 30.0 + column * 0.001});
    let body = json!({"points": [point(9.0, 6.0), point(13.0, 7.0)], "category": "amenity=fuel", "limit": 1});
    let reply = APP.post("", "/v1/batch/nearby", &body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let first = |n: usize| reply.body[n]["features"][0]["properties"]["osm"].clone();
    assert_eq!((first(0), first(1)), (json!("n20"), json!("n22")));
    for (body, expect) in [
        (
            json!({"points": []}),
            "`points`: expected 1 to 1000 points, got 0",
        ),
        (
            json!({"points": [point(0.0, 0.0), {"lat": 91, "lon": 0}]}),
            "`points[1].lat`: expected a number between",
        ),
        (
            json!({"points": [point(0.0, 0.0)], "open_at": "now"}),
            "`open_at`: expected a time",
        ),
        (
            json!({"points": [point(0.0, 0.0)], "colour": 1}),
            "`body`: unknown field `colour`",
        ),
        (json!(7), "`body`: invalid type"),
    ] {
        let reply = APP.post("", "/v1/batch/nearby", &body);
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        assert!(
            reply.status == 400 && detail.starts_with(expect),
            "{body}: {detail}"
        );
    }
}

#[test]
fn what_is_wrong_is_a_problem() {
    for (path, field) in [
        ("/v1/reverse", "lat"),
        ("/v1/reverse?lat=50", "lon"),
        ("/v1/reverse?lat=91&lon=30", "lat"),
        ("/v1/reverse?lat=50&lon=NaN", "lon"),
        ("/v1/reverse?lat=50&lon=30&zoom=3", "zoom"),
        ("/v1/reverse?lat=50&lon=30&radius=5000", "radius"),
        ("/v1/reverse?lat=50&lon=30&layers=moon", "layers"),
        ("/v1/nearby?lat=50", "lon"),
        ("/v1/nearby?lat=50&lon=30&open_at=soon", "open_at"),
        ("/v1/nearby?lat=50&lon=30&category=,", "category"),
        ("/v1/nearby?lat=50&lon=30&limit=0", "limit"),
    ] {
        let reply = APP.get(path);
        assert_eq!(reply.status, 400, "{path}");
        assert_eq!(reply.body["code"], "invalid_parameter", "{path}");
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        assert!(
            detail.starts_with(&format!("`{field}`: ")),
            "{path}: {detail}"
        );
    }
}

#[test]
fn the_api_document_knows_both() {
    let document = APP.get("/openapi.json").body;
    for path in ["/v1/reverse", "/v1/nearby"] {
        let parameters = document["paths"][path]["get"]["parameters"]
            .as_array()
            .map_or(0, Vec::len);
        assert!(parameters >= 6, "{path}: {}", document["paths"][path]);
    }
}

#[test]
fn the_house_of_this_bank_comes_before_a_nearer_one_across_the_river() {
    let objects = "
        w1 a-b highway=residential | name=вулиця Набережна
        w2 e-f highway=residential | name=вулиця Заріччя
        n11 h addr:housenumber=7 | addr:street=вулиця Набережна
        n12 k addr:housenumber=2 | addr:street=вулиця Заріччя
        n30 b place=town | name=Зорянськ";
    let grid = "\
a . . h . b
. . . . . .
r . . . . s
e . . k . f";
    let at_water = "/v1/reverse?lat=49.99905&lon=30.0015&layers=house&limit=2";
    let dry = TestApp::from_town(grid, objects);
    assert_eq!(dry.get(at_water).all("housenumber"), ["2", "7"]);
    let wet = TestApp::from_town(
        grid,
        &format!("{objects}\nw9 r-s waterway=river | name=Річка"),
    );
    assert_eq!(wet.get(at_water).all("housenumber"), ["7", "2"]);
}
