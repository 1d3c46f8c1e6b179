//! Where the car stops, over small maps drawn as text; a column or row is about 7 m.
//!
//! 1. A car that may enter the yard stops at the door.
//! 2. A closed gate has the car wait outside, and says so.
//! 3. Nobody is sent over a fence, a river, or a large road.
//! 4. The car stands on the right of travel, on the left where cars keep to the left.
//! 5. Bus stops, junctions, tunnels are no places to stop while there are others.
//! 6. Where no car comes the answer is empty, and says where the nearest road is.
//! 7. Pins win, bans and zones are obeyed, and where riders were picked up counts for more than the map.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use geodata::LonLat;
use geodata::base::{Role, Spot};
use serde_json::{Value, json};
use std::path::Path;
use tests::{MapFixture, NOW_MS, Reply, TestApp, encode, plan};

/// Degrees of a column and of a row at latitude 50: 7.15 m each.
const STEPS: (f64, f64) = (0.000_1, 0.000_064_3);
const CORNER: (f64, f64) = (30.0, 50.0);

/// A map, its service, and the point that is asked for.
struct Town {
    map: MapFixture,
    app: TestApp,
}

impl Town {
    fn new(grid: &str, objects: &str) -> Town {
        Town::in_country("ua", grid, objects)
    }

    fn in_country(country: &str, grid: &str, objects: &str) -> Town {
        Town::over(
            MapFixture::draw_scaled(CORNER, STEPS, grid, objects),
            country,
        )
    }

    fn over(map: MapFixture, country: &str) -> Town {
        let app = TestApp::from_plan(|data: &Path| {
            let mut plan = plan(data, vec![map.path()]);
            plan.country = Some(country.to_owned());
            plan
        });
        Town { map, app }
    }

    /// Pickup points of the first result for a text.
    fn pickups(&self, text: &str, more: &str) -> Reply {
        let found = self.app.get(&format!("/v1/search?q={}", encode(text)));
        let id = found.first("id");
        assert!(!id.is_empty(), "nothing found for {text}: {}", found.body);
        let reply = self
            .app
            .get(&format!("/v1/pickup-points?place={id}&lang=uk{more}"));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply
    }

    /// Metres east and north from a letter of the map to a feature.
    fn from(&self, letter: char, feature: &Value) -> (f64, f64) {
        let (lon, lat) = self.map.at(letter);
        let at = &feature["geometry"]["coordinates"];
        let (x, y) = (at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
        ((x - lon) * 71_500.0, (y - lat) * 111_200.0)
    }
}

/// A street in the north, a block with its door to the yard in the south, and a driveway into the yard.
const YARD: &str = "\
a              b                 c
r              d      t
  e      f
         
  g   p  h
      q
  i   m        j
v                     u";

const BLOCK: &str = "
    w1 a-b-c highway=residential | name=вулиця Тестова
    w2 b-d-j highway=service | service=driveway
    w3 j-m-i highway=service | service=driveway
    w4 e-f-h-p-g-e building=apartments | addr:street=вулиця Тестова | addr:housenumber=5
    g p entrance=staircase | ref=2
    n9 x place=city | name=Місто";

fn block(more: &str) -> String {
    format!("{}\n{more}", BLOCK.replace("n9 x", "n9 c"))
}

#[test]
fn a_car_that_may_enter_the_yard_stops_at_the_door() {
    let town = Town::new(YARD, &block(""));
    let reply = town.pickups("Тестова 5", "");
    let first = &reply.features()[0];
    let (east, north) = town.from('m', first);
    assert!(east.abs() < 4.0 && north.abs() < 4.0, "{first}");
    let properties = &first["properties"];
    assert_eq!(properties["kind"], "entrance");
    assert_eq!(properties["name"], "під'їзд 2");
    assert_eq!(properties["way"], "w3");
    assert!(
        properties["walk_m"].as_f64().unwrap() < 25.0,
        "{properties}"
    );
    assert!(!properties["why"].as_array().unwrap().is_empty());
}

#[test]
fn a_closed_gate_has_the_car_wait_outside_and_says_so() {
    let fence = "w8 r-d-t-u-v-r barrier=fence\n g d barrier=lift_gate | access=private";
    let town = Town::new(YARD, &block(fence));
    let reply = town.pickups("Тестова 5", "");
    let first = &reply.features()[0];
    let (east, north) = town.from('d', first);
    assert!(north > 0.0 && east.hypot(north) < 15.0, "{first}");
    assert_eq!(first["properties"]["kind"], "gate");
    assert_eq!(first["properties"]["name"], "біля шлагбаума");
    assert_eq!(
        first["properties"]["access_note"],
        "далі пішки: проїзд зачинено"
    );
    let open = "w8 r-d-t-u-v-r barrier=fence\n g d barrier=lift_gate | access=yes";
    let reply = Town::new(YARD, &block(open)).pickups("Тестова 5", "");
    assert_eq!(reply.features()[0]["properties"]["kind"], "entrance");
}

/// A house between a street in the north and a lane in the south.
const BETWEEN: &str = "\
a              b   y             c
k                                l
               z
    e    f
    g    h




m              n                 o";

const HOUSE: &str = "
    w1 a-b-c highway=residential | name=вулиця Тестова
    w2 m-n-o highway=residential | name=провулок Тихий
    w3 c-o highway=residential
    w4 e-f-h-g-e building=house | addr:street=вулиця Тестова | addr:housenumber=5
    n9 c place=city | name=Місто";

#[test]
fn nobody_is_sent_over_a_fence_or_a_river() {
    let plain = Town::new(BETWEEN, HOUSE).pickups("Тестова 5", "");
    assert_eq!(plain.features()[0]["properties"]["way"], "w1");
    for obstacle in ["barrier=wall", "waterway=river", "railway=rail"] {
        let town = Town::new(BETWEEN, &format!("{HOUSE}\n w8 k-l {obstacle}"));
        let reply = town.pickups("Тестова 5", "");
        assert_ne!(
            reply.features()[0]["properties"]["way"],
            "w1",
            "{obstacle}: {}",
            reply.body
        );
    }
    // A bridge leads over.
    let bridge = format!("{HOUSE}\n w8 k-l waterway=river\n w9 b-f highway=footway | bridge=yes");
    let reply = Town::new(BETWEEN, &bridge).pickups("Тестова 5", "");
    assert_eq!(
        reply.features()[0]["properties"]["way"],
        "w1",
        "{}",
        reply.body
    );
}

/// Two carriageways between two houses, too long to be walked around.
const DUAL: &str = "\
.                                                           e    f
                                                            g    h

a                                                              b                                                           c

m                                                              n                                                           o

                                                            i    j
                                                            k    l";

const CARRIAGEWAYS: &str = "
    w1 c-b-a highway=primary | name=проспект Тестовий | oneway=yes
    w2 m-n-o highway=primary | name=проспект Тестовий | oneway=yes
    w4 e-f-h-g-e building=house | addr:street=проспект Тестовий | addr:housenumber=5
    w5 i-j-l-k-i building=house | addr:street=проспект Тестовий | addr:housenumber=6
    n9 c place=city | name=Місто";

#[test]
fn the_car_stands_on_the_side_of_the_house_in_its_direction() {
    let town = Town::new(DUAL, CARRIAGEWAYS);
    for (house, way, heading) in [("5", "w1", 270.0), ("6", "w2", 90.0)] {
        let reply = town.pickups(&format!("проспект Тестовий {house}"), "");
        for feature in reply.features() {
            assert_eq!(feature["properties"]["way"], way, "{house}: {}", reply.body);
            assert_eq!(feature["properties"]["heading"], heading);
            assert_eq!(feature["properties"]["side"], "same");
            assert_eq!(feature["properties"]["kerb"], "right");
        }
    }
    let opposite = town.pickups("проспект Тестовий 5", "&side=opposite");
    // Nobody crosses a primary road: that side is offered with a warning only.
    let warned = opposite.all("access_note");
    assert!(!warned.is_empty(), "{opposite:?}");
    assert!(
        warned.iter().all(|note| note == "шлях пішки невідомий"),
        "{warned:?}"
    );
}

#[test]
fn where_cars_keep_to_the_left_so_does_the_kerb() {
    // The house lies south of the street: its kerb is the southern one.
    for (country, kerb, heading) in [("ua", "right", 90.0), ("gb", "left", 270.0)] {
        let town = Town::in_country(country, BETWEEN, HOUSE);
        let reply = town.pickups("Тестова 5", "&side=same");
        let first = &reply.features()[0]["properties"];
        assert_eq!(first["way"], "w1");
        assert_eq!(first["kerb"], kerb);
        assert_eq!(first["heading"], heading, "{country}");
    }
}

#[test]
fn bus_stops_junctions_and_tunnels_are_no_places_to_stop() {
    let stop = format!("{HOUSE}\n n7 f highway=bus_stop\n n8 e highway=bus_stop");
    let town = Town::new(BETWEEN, &stop);
    let reply = town.pickups("Тестова 5", "");
    let first = &reply.features()[0];
    for letter in ['e', 'f'] {
        let (east, north) = town.from(letter, first);
        assert!(east.hypot(north) > 15.0, "{first}");
    }
    let tunnel = HOUSE.replace(
        "name=вулиця Тестова\n    w2",
        "name=вулиця Тестова | tunnel=yes\n    w2",
    );
    let reply = Town::new(BETWEEN, &tunnel).pickups("Тестова 5", "");
    let ways = reply.all("way");
    assert!(
        !ways.is_empty() && ways.iter().all(|w| w != "w1"),
        "{ways:?}"
    );
}

#[test]
fn where_no_car_comes_the_nearest_road_is_named() {
    let far = "\
a     b
";
    let objects = "
        w1 a-b highway=residential | name=вулиця Тестова
        n9 b place=city | name=Місто";
    let town = Town::new(far, objects);
    // 1 km to the south.
    let reply = town.app.get("/v1/pickup-points?lat=49.991&lon=30.0003");
    assert_eq!(reply.status, 200);
    assert!(reply.features().is_empty());
    let nearest = &reply.body["nearest_road"];
    assert_eq!(nearest["way"], "w1");
    let distance = nearest["distance_m"].as_f64().unwrap();
    assert!((distance - 1_000.0).abs() < 5.0, "{distance}");
    let nothing = town.app.get("/v1/pickup-points?lat=10&lon=10");
    assert!(nothing.features().is_empty() && nothing.body["nearest_road"].is_null());
}

#[test]
fn wrong_questions_are_told_so_and_drawings_are_for_staff() {
    let town = Town::new(BETWEEN, HOUSE);
    for (query, field) in [
        ("", "`place`"),
        ("place=xyz", "`place`"),
        ("place=a&lat=1&lon=2", "`place`"),
        ("lat=50", "`lon`"),
        ("lat=50&lon=30&side=left", "`side`"),
        ("lat=50&lon=30&limit=11", "`limit`"),
        ("lat=50&lon=30&format=png", "`format`"),
        ("lat=50&lon=30&x=1", "`x`"),
    ] {
        let reply = town.app.get(&format!("/v1/pickup-points?{query}"));
        assert_eq!(reply.status, 400, "{query}");
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.contains(field), "{query}: {detail}");
    }
    let drawing = "/v1/pickup-points?lat=49.9998&lon=30.0005&format=svg";
    assert_eq!(town.app.get(drawing).status, 401);
    let (_, client) = town.app.token("app", Role::Client);
    assert_eq!(town.app.get_as(&client, drawing).status, 403);
    let (_, operator) = town.app.token("boss", Role::Operator);
    let reply = town.app.get_as(&operator, drawing);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "image/svg+xml");
}

/// A square around a letter of the map, `reach` columns wide to each side.
fn square(town: &Town, letter: char, reach: f64) -> Value {
    let (lon, lat) = town.map.at(letter);
    let (x, y) = (reach * STEPS.0, reach * STEPS.1);
    json!([[
        [lon - x, lat - y],
        [lon + x, lat - y],
        [lon + x, lat + y],
        [lon - x, lat + y],
        [lon - x, lat - y]
    ]])
}

fn zone(kind: &str, coordinates: &Value, points: &Value) -> Value {
    json!({
        "type": "Feature",
        "geometry": { "type": "Polygon", "coordinates": coordinates },
        "properties": { "kind": kind, "name": { "uk": "Зона" }, "points": points },
    })
}

#[test]
fn pins_win_and_bans_and_zones_are_obeyed() {
    let town = Town::new(BETWEEN, HOUSE);
    let (_, cartographer) = town.app.token("map", Role::Cartographer);
    let (_, operator) = town.app.token("boss", Role::Operator);
    let first = town.pickups("Тестова 5", "").features()[0].clone();
    assert_eq!(first["properties"]["way"], "w1");
    let at = &first["geometry"]["coordinates"];

    let ban = json!({ "kind": "ban", "lon": at[0], "lat": at[1], "reason": "a hydrant" });
    let made = town.app.post(&cartographer, "/v1/pickup-pins", &ban);
    assert_eq!(made.status, 201, "{}", made.body);
    town.app.follow();
    for feature in town.pickups("Тестова 5", "").features() {
        let other = &feature["geometry"]["coordinates"];
        let (east, north) = (
            (other[0].as_f64().unwrap() - at[0].as_f64().unwrap()) * 71_500.0,
            (other[1].as_f64().unwrap() - at[1].as_f64().unwrap()) * 111_200.0,
        );
        assert!(east.hypot(north) >= 15.0, "{feature}");
    }

    let (lon, lat) = town.map.at('b');
    let forbidden = zone("forbidden", &square(&town, 'b', 20.0), &json!([]));
    let drawn = town.app.post(&operator, "/v1/zones", &forbidden);
    assert_eq!(drawn.status, 201, "{}", drawn.body);
    town.app.follow();
    let reply = town.pickups("Тестова 5", "");
    for feature in reply.features() {
        let (east, north) = town.from('b', feature);
        assert!(east.abs() > 142.0 || north.abs() > 142.0, "{feature}");
    }

    let id = town
        .app
        .get(&format!("/v1/search?q={}", encode("Тестова 5")))
        .first("id");
    let pin = json!({ "kind": "pin", "lon": lon, "lat": lat, "place": id, "name": "біля входу", "reason": "agreed" });
    assert_eq!(
        town.app.post(&cartographer, "/v1/pickup-pins", &pin).status,
        201
    );
    town.app.follow();
    let first = town.pickups("Тестова 5", "").features()[0].clone();
    assert_eq!(first["properties"]["kind"], "pin");
    assert_eq!(first["properties"]["name"], "біля входу");
}

#[test]
fn in_a_mandatory_zone_cars_stop_at_its_points_only() {
    let town = Town::new(BETWEEN, HOUSE);
    let (_, operator) = town.app.token("boss", Role::Operator);
    let (lon, lat) = town.map.at('n');
    let points = json!([{ "name": "Вихід 3, ряд B", "lon": lon, "lat": lat }]);
    let drawn = zone("mandatory", &square(&town, 'f', 30.0), &points);
    let drawn = town.app.post(&operator, "/v1/zones", &drawn);
    assert_eq!(drawn.status, 201, "{}", drawn.body);
    town.app.follow();
    let reply = town.pickups("Тестова 5", "");
    assert_eq!(reply.all("name"), ["Вихід 3, ряд B"], "{}", reply.body);
    assert_eq!(reply.all("kind"), ["zone"]);
}

#[test]
fn around_a_large_forbidden_zone_cars_stop_outside() {
    // Streets every 20 m: hundreds of kerbs inside the zone are nearer than any outside.
    let rows: Vec<String> = ('a'..='l')
        .zip('A'..='L')
        .map(|(west, east)| format!("{west}{}{east}\n", " ".repeat(60)))
        .collect();
    let streets: Vec<String> = ('a'..='l')
        .zip('A'..='L')
        .map(|(west, east)| format!("\nw{} {west}-{east} highway=residential", u32::from(west)))
        .collect();
    let objects = format!(
        "{}\nn1 f place=city | name=Місто\nn2 f addr:place=Місто | addr:housenumber=5",
        streets.concat()
    );
    let town = Town::new(&rows.join("\n"), &objects);
    let (_, operator) = town.app.token("boss", Role::Operator);
    let reach = 30.0;
    let drawn = zone("forbidden", &square(&town, 'f', reach), &json!([]));
    let drawn = town.app.post(&operator, "/v1/zones", &drawn);
    assert_eq!(drawn.status, 201, "{}", drawn.body);
    town.app.follow();
    let reply = town.pickups("Місто 5", "");
    assert!(!reply.features().is_empty(), "{}", reply.body);
    for feature in reply.features() {
        let (east, north) = town.from('f', feature);
        let border_m = reach * STEPS.0 * 71_500.0;
        assert!(east.abs() > border_m || north.abs() > border_m, "{feature}");
    }
}

#[test]
fn a_zone_around_a_far_terminal_holds_who_asks_for_its_airport() {
    let map = "\
e                 g



       f

s                 k
a                 b";
    let objects = "
        w1 a-b highway=service
        w2 e-g-k-s-e aeroway=aerodrome | name=Аеропорт
        n3 k entrance=main | name=Термінал
        n9 a place=city | name=Місто";
    // A grid of 100 m: the terminal is a kilometre away from the middle of its airport.
    let steps = (STEPS.0 * 10.0, STEPS.1 * 10.0);
    let town = Town::over(MapFixture::draw_scaled(CORNER, steps, map, objects), "ua");
    let (_, operator) = town.app.token("boss", Role::Operator);
    let (lon, lat) = town.map.at('b');
    let points = json!([{ "name": "Ряд B", "lon": lon, "lat": lat }]);
    let drawn = zone("mandatory", &square(&town, 'k', 20.0), &points);
    let drawn = town.app.post(&operator, "/v1/zones", &drawn);
    assert_eq!(drawn.status, 201, "{}", drawn.body);
    town.app.follow();
    let reply = town.pickups("Аеропорт", "");
    assert_eq!(reply.all("name"), ["Ряд B"], "{}", reply.body);
}

#[test]
fn where_riders_were_picked_up_counts_for_more_than_the_map() {
    let town = Town::new(BETWEEN, HOUSE);
    let id = town
        .app
        .get(&format!("/v1/search?q={}", encode("Тестова 5")))
        .first("id");
    let (lon, lat) = town.map.at('n');
    let spot = Spot {
        point: LonLat::clamped(lon, lat),
        riders: 9,
        pickups: 20,
        share_permille: 800,
        newest_ms: NOW_MS,
    };
    town.app.run(async {
        let mut write = town.app.base.write(NOW_MS).await.unwrap();
        write
            .replace_spots(id.parse().unwrap(), &[spot])
            .await
            .unwrap();
        write.commit().await.unwrap();
    });
    town.app.follow();
    let reply = town.pickups("Тестова 5", "");
    assert_eq!(reply.first("kind"), "learnt");
    let (east, north) = town.from('n', &reply.features()[0]);
    assert!(east.hypot(north) < 1.0);
    assert!(reply.features().len() > 1, "the map's points follow");
}

#[test]
fn an_arrival_check_knows_what_lies_between() {
    let wall = format!("{HOUSE}\n w8 k-l barrier=wall");
    let town = Town::new(BETWEEN, &wall);
    let (lon, lat) = town.map.at('b');
    let point = json!({ "lon": lon, "lat": lat, "kind": "curb" });
    let check = |letter: char| {
        let (lon, lat) = town.map.at(letter);
        let fix = |second: u32| json!({ "time": format!("2026-01-31T01:59:{second}Z"), "lon": lon, "lat": lat, "accuracy_m": 5, "speed_mps": 0 });
        let body = json!({ "point": point, "fixes": [fix(40), fix(50), fix(58)], "now": "2026-01-31T02:00:00Z" });
        town.app.post("", "/v1/arrival-checks", &body).body
    };
    let there = check('b');
    assert_eq!(there["verdict"], "arrived", "{there}");
    // Behind the wall, 20 m away.
    let (blocked, near) = (check('z'), check('y'));
    assert_eq!(
        (&blocked["verdict"], &blocked["reason"]),
        (&json!("near"), &json!("barrier")),
        "{blocked}"
    );
    assert_eq!(near["verdict"], "arrived", "{near}");
}
