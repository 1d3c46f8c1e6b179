//! Spots are learnt from pickups: a truth is planted, riders wait there as inaccurately as phones are, and the command has
//! to find it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use geodata::base::{Author, Base, Role, SpotFilter, StoredSpot};
use geodata::{LonLat, PlaceRef};
use std::path::Path;
use tests::{MapFixture, NOW_MS, Output, run_indexer};

const ACCURACIES_M: [f64; 8] = [4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 18.0, 30.0];

/// Metres east and north of the house, and how many of a hundred wait there.
type Spot = (f64, f64, u32);

/// One planted place: which house, where riders wait, and how many of a hundred.
const PLANTED: &[(&str, &[Spot])] = &[
    ("n11", &[(22.0, 8.0, 80), (36.0, 8.0, 12), (8.0, 8.0, 8)]),
    ("n12", &[(-15.0, 20.0, 100)]),
    ("n13", &[(40.0, -30.0, 55), (-40.0, 30.0, 45)]),
    ("n14", &[(0.0, 25.0, 70), (14.0, 25.0, 30)]),
    ("n15", &[(-60.0, 5.0, 90), (60.0, 5.0, 10)]),
    (
        "n16",
        &[(10.0, 10.0, 75), (10.0, 24.0, 15), (10.0, 38.0, 10)],
    ),
];

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    /// Between 0 and 1.
    fn roll(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1u32 << 31)
    }

    /// Around 0, with a spread of 1.
    fn bell(&mut self) -> f64 {
        (-2.0 * self.roll().max(1e-12).ln()).sqrt() * (std::f64::consts::TAU * self.roll()).cos()
    }
}

fn town() -> tempfile::TempDir {
    let mut objects = "\nn100 a place=city | name=Дубове\nw1 a-b-c-d-e-f highway=residential | name=вулиця Лісова".to_owned();
    for (number, at) in ["a", "b", "c", "d", "e", "f"].iter().enumerate() {
        objects.push_str(&format!(
            "\nn{} {at} addr:housenumber={} | addr:street=вулиця Лісова",
            11 + number,
            1 + number
        ));
    }
    let map = MapFixture::draw((30.0, 50.0), "a b c d e f", &objects);
    let data = tempfile::tempdir().unwrap();
    let built = run_indexer(&[
        "build",
        "--data",
        path(data.path()),
        "--osm",
        path(&map.path()),
    ]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    data
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The houses of the town: object, id, point.
fn houses(data: &Path) -> Vec<(String, PlaceRef, LonLat)> {
    let snapshot = geodata::snapshot::Snapshot::open_current(data).unwrap();
    let mut found = Vec::new();
    for doc in 0..u32::try_from(snapshot.len()).unwrap() {
        for house in snapshot.houses(doc).iter() {
            let id = PlaceRef::house(snapshot.place(doc).id, house.source);
            found.push((house.source.to_string(), id, house.point));
        }
    }
    found
}

fn beside(point: LonLat, east_m: f64, north_m: f64) -> LonLat {
    const DEGREE_M: f64 = 111_195.08;
    let wide = DEGREE_M * point.lat().to_radians().cos();
    LonLat::clamped(
        point.lon() + east_m / wide,
        point.lat() + north_m / DEGREE_M,
    )
}

/// One line of a file of events.
fn line(object: &str, rider: u32, point: LonLat, (accuracy_m, days): (f64, u32)) -> String {
    let ts = 1_769_000_000.0 - f64::from(days) * 86_400.0 + f64::from(rider);
    format!(
        "{{\"type\": \"pickup\", \"osm\": \"{object}\", \"lat\": {}, \"lon\": {}, \"accuracy_m\": {accuracy_m}, \"user\": \"u{rider}\", \"ts\": {ts}}}\n",
        point.lat(),
        point.lon(),
    )
}

/// A hundred pickups of every planted place, and four that are wild.
fn events(data: &Path) -> String {
    let houses = houses(data);
    let mut dice = Dice(7);
    let mut text = "{\"type\": \"query\", \"q\": \"лісова\"}\n".to_owned();
    for (object, spots) in PLANTED {
        let at = houses.iter().find(|h| h.0 == *object).unwrap().2;
        for rider in 0..100 {
            let mut left = rider;
            let spot = spots.iter().find(|(_, _, share)| {
                let here = left < *share;
                left = left.saturating_sub(*share);
                here
            });
            let (x, y, _) = *spot.unwrap();
            let accuracy_m = ACCURACIES_M[(rider * 5 % 8) as usize];
            let (dx, dy) = (
                dice.bell() * accuracy_m * 0.6,
                dice.bell() * accuracy_m * 0.6,
            );
            text.push_str(&line(
                object,
                rider,
                beside(at, x + dx, y + dy),
                (accuracy_m, rider % 30),
            ));
        }
        for wild in 0..4 {
            let far = beside(at, 150.0 + f64::from(wild) * 30.0, -90.0);
            text.push_str(&line(object, 200 + wild, far, (5.0, 0)));
        }
    }
    text
}

fn learn(data: &Path, events: &str, more: &[&str]) -> Output {
    let file = data.join("events.jsonl");
    std::fs::write(&file, events).unwrap();
    let arguments = [
        &["learn", "--data", path(data), "--pickups", path(&file)],
        more,
    ]
    .concat();
    let output = run_indexer(&arguments);
    assert_eq!(output.code, 0, "{}", output.stderr);
    output
}

/// Asks the base of a data folder.
fn ask<T>(data: &Path, question: impl AsyncFnOnce(&Base) -> T) -> T {
    tests::block_on(async {
        let base = Base::open(&format!("sqlite:{}", data.join("kudy.db").display())).unwrap();
        let answer = question(&base).await;
        base.close().await;
        answer
    })
}

fn spots(data: &Path, place: Option<PlaceRef>) -> Vec<StoredSpot> {
    let filter = SpotFilter { place, after: None };
    ask(data, async |base| base.spots(filter, 1000).await.unwrap())
}

#[test]
fn planted_spots_are_found_and_the_same_file_twice_changes_nothing() {
    let data = town();
    let data = data.path();
    let events = events(data);
    let output = learn(data, &events, &[]);
    assert!(
        output.stdout.contains("read       624 pickups"),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.contains("and 1 lines of other types"),
        "{}",
        output.stdout
    );
    let mut off = Vec::new();
    for (object, id, point) in houses(data) {
        let (_, planted) = PLANTED.iter().find(|p| p.0 == object).unwrap();
        let found = spots(data, Some(id));
        let heaviest = found[0].spot;
        let (x, y, share) = planted[0];
        off.push(heaviest.point.distance_m(beside(point, x, y)));
        let told = f64::from(heaviest.share_permille) / 10.0;
        assert!(
            (told - f64::from(share)).abs() < 20.0,
            "{object}: {told} % of {share} %"
        );
        for spot in &found {
            let nearest = planted
                .iter()
                .map(|(x, y, _)| beside(point, *x, *y).distance_m(spot.spot.point));
            let nearest = nearest.fold(f64::INFINITY, f64::min);
            assert!(
                nearest < 6.0,
                "{object}: a spot {nearest} m from all planted ones"
            );
            assert!(spot.spot.riders >= 5);
        }
    }
    off.sort_by(f64::total_cmp);
    assert!(
        off[off.len() / 2] <= 2.0 && off[off.len() - 1] <= 4.0,
        "{off:?}"
    );
    let before = spots(data, None);
    let last = ask(data, async |base| base.last_change().await.unwrap());
    let again = learn(data, &events, &[]);
    assert!(
        again.stdout.contains(", 0 with others than before"),
        "{}",
        again.stdout
    );
    assert_eq!(spots(data, None), before);
    assert_eq!(
        ask(data, async |base| base.last_change().await.unwrap()),
        last
    );
}

#[test]
fn four_riders_are_not_enough_and_what_is_known_stays() {
    let data = town();
    let data = data.path();
    let (object, id, point) = houses(data).remove(0);
    let rides = |riders: u32, x: f64| -> String {
        let ride = |n: u32| line(&object, n % riders, beside(point, x, 0.0), (5.0, n % 3));
        (0..40).map(ride).collect()
    };
    let output = learn(data, &rides(4, 20.0), &[]);
    assert!(
        output.stdout.contains("1 with fewer than five riders"),
        "{}",
        output.stdout
    );
    assert_eq!(spots(data, None), []);
    learn(data, &rides(5, 20.0), &[]);
    let known = spots(data, Some(id));
    assert_eq!((known.len(), known[0].spot.riders), (1, 5));
    learn(data, &rides(4, 50.0), &[]);
    assert_eq!(spots(data, Some(id)), known);
    learn(data, &rides(6, 50.0), &[]);
    let moved = spots(data, Some(id));
    assert_eq!(moved.len(), 1);
    assert!(moved[0].spot.point.distance_m(beside(point, 50.0, 0.0)) < 0.1);
}

#[test]
fn ageing_moves_the_spot() {
    let data = town();
    let data = data.path();
    let (object, id, point) = houses(data).remove(0);
    let mut text = String::new();
    for rider in 0..40 {
        text.push_str(&line(&object, rider, beside(point, 0.0, 20.0), (5.0, 360)));
    }
    for rider in 40..50 {
        text.push_str(&line(&object, rider, beside(point, 60.0, 20.0), (5.0, 1)));
    }
    learn(data, &text, &[]);
    let heaviest = spots(data, Some(id))[0].spot;
    assert!(heaviest.point.distance_m(beside(point, 60.0, 20.0)) < 0.5);
}

#[test]
fn a_revoked_spot_is_learnt_again_only_when_asked_for() {
    let data = town();
    let data = data.path();
    let (_, id, _) = houses(data).remove(0);
    let events = events(data);
    learn(data, &events, &[]);
    let known = spots(data, Some(id));
    let all = spots(data, None).len();
    ask(data, async |base| {
        let secret = tests::secret_of("olena");
        let token = geodata::base::NewToken {
            name: "olena",
            role: Role::Cartographer,
            secret: &secret,
            expires_ms: None,
        };
        let who = base.create_token(&token, None, NOW_MS).await.unwrap();
        let why = "a bus stop";
        let mut write = base.write(NOW_MS).await.unwrap();
        write
            .revoke_spot(known[0].id, Author { who, why })
            .await
            .unwrap();
        write.commit().await.unwrap();
    });
    let output = learn(data, &events, &[]);
    assert!(
        output
            .stdout
            .contains("1 left out because somebody revoked them"),
        "{}",
        output.stdout
    );
    let left: Vec<_> = spots(data, Some(id)).iter().map(|s| s.spot).collect();
    assert_eq!(left, known[1..].iter().map(|s| s.spot).collect::<Vec<_>>());
    learn(data, &events, &["--again"]);
    assert_eq!(spots(data, Some(id))[0].spot, known[0].spot);
    assert_eq!(spots(data, None).len(), all);
}

#[test]
fn lines_that_cannot_be_used_are_counted_by_reason() {
    let data = town();
    let data = data.path();
    let (object, id, point) = houses(data).remove(0);
    let (lat, lon) = (point.lat(), point.lon());
    let rest = |place: &str| {
        format!("{place}, \"lat\": {lat}, \"lon\": {lon}, \"accuracy_m\": 5, \"user\": \"u1\"")
    };
    let by_id = rest(&format!("{{\"place\": \"{id}\""));
    let by_object = rest(&format!("{{\"osm\": \"{object}\""));
    let time = "\"time\": \"2026-01-31T02:00:00+02:00\"";
    let text = [
        format!("{by_id}, {time}}}"),
        format!("{by_object}, {time}, \"accepted\": true, \"session\": \"s1\"}}"),
        format!("{by_object}, {time}, \"accepted\": false}}"),
        format!("{by_object}, \"time\": \"yesterday\"}}"),
        format!("{by_object}}}"),
        format!("{}, {time}}}", rest("{\"osm\": \"w999\"")),
        format!("{}, {time}}}", rest("{\"osm\": \"'; DROP TABLE spots --\"")),
        format!("{}, {time}}}", rest("{\"type\": \"pickup\"")),
        format!("{}, {time}}}", by_object.replace("\"u1\"", "\"\"")),
        format!("{}, {time}}}", by_object.replace(": 5,", ": 80,")),
        format!(
            "{}, {time}}}",
            by_object.replace(&format!("\"lat\": {lat}"), "\"lat\": 95")
        ),
        format!(
            "{}, {time}}}",
            by_object.replace(&format!("\"lat\": {lat}"), "\"lat\": 50.1")
        ),
        "not json".to_owned(),
        "{\"type\": \"select\"}".to_owned(),
        String::new(),
    ];
    let output = learn(data, &text.join("\n"), &[]);
    let told = |line: &str| assert!(output.stdout.contains(line), "{line} in {}", output.stdout);
    told("read       13 pickups, 2 of them used, and 1 lines of other types");
    told("4 pickup_unreadable");
    told("3 pickup_unknown_place");
    told("1 pickup_not_accepted");
    told("1 pickup_without_rider");
    told("1 pickup_inaccurate");
    told("1 pickup_far_away");
    let nowhere = run_indexer(&["learn", "--data", path(data), "--pickups", "/nowhere.jsonl"]);
    assert_eq!(nowhere.code, 1);
    assert!(
        nowhere.stderr.contains("cannot read `/nowhere.jsonl`"),
        "{}",
        nowhere.stderr
    );
}
