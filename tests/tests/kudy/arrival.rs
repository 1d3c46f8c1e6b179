//! Is the driver there? A table of situations with the verdict a sensible dispatcher would give, and what holds for all.
//!
//! 1. Each row of the table gets its verdict and reason.
//! 2. A more accurate phone never turns "arrived" into "far"; who was there is never treated worse than who was not.
//! 3. The order in which fixes are sent does not matter; neither a made-up position nor a wall ever helps.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use geodata::LonLat;
use geodata::admin::Area;
use proptest::prelude::*;
use server::pickup::{
    Between, Check, Fix, Judgement, NEAR_M, PointKind, Reason, Target, Verdict, judge,
};

const NOW_MS: i64 = 1_769_824_800_000;
/// What happens | the point: kind, `h` the direction of its side, `outlined` (a square of 100 m), what lies between,
/// `was` the verdict before | fixes: seconds from now, metres east and north of the point, `a` accuracy (5), `v` metres
/// per second, `h` heading, `m` made up | verdict and reason.
const TABLE: &str = "
# Standing there.
standing at the kerb | curb | -6:0,10 v0; -1:0,10 v0 | arrived
parked two minutes | curb | -120:1,9 v0; -90:0,10 v0; -60:2,10 v0; -30:0,8 v0; -2:0,10 v0 | arrived
no speed given, standing | curb | -6:0,10; -1:0,10 | arrived
two fixes a second apart agree | curb | -2:0,10 v0; -1:1,10 v0 | arrived
creeping along the kerb at 9 km/h | curb | -3:-5,2 v2.5; -1:0,2 v2.5 | arrived
wandering fixes in a yard, for eight seconds | yard | -9:-20,0 a10 v0; -1:20,0 a10 v0 | arrived
as sure as the best phones are | curb | -3:0,1 a1 v0; -1:0,1 a1 v0 | arrived
the last fix fourteen seconds ago | curb | -20:0,10 v0; -14:0,10 v0 | arrived
# Not there for long enough.
a single fix | curb | -1:0,10 v0 | near too_short
a single fix without speed | curb | -1:0,10 | near too_short
one fix sent twice | curb | -1:0,10 v0; -1:0,10 v0 | near too_short
two fixes in the same half second | curb | -1:0,10 v0; -1.4:0,10 v0 | near too_short
just braked | curb | -3:-22,0 v8; -2:-14,0 v5; -1:-10,0 v1 | near too_short
two slow fixes that do not agree | yard | -4:-20,0 a10 v0; -1:20,0 a10 v0 | near too_short
there a minute and a half ago, and now | curb | -91:0,10 v0; -1:0,10 v0 | near too_short
came, left and has just come back | curb | -50:0,5 v0; -25:280,0 v10; -1:0,5 v1 | near too_short
# Moving.
passing by at 30 km/h | curb | -3:-25,0 v8.3; -2:-17,0 v8.3; -1:-8,0 v8.3 | near moving
passing by at 30 km/h, no speed given | curb | -3:-25,0; -2:-17,0; -1:-8,0 | near moving
passing by at 11 km/h | curb | -3:-6,0 v3.05; -1:0,0 v3.05 | near moving
a racing driver | curb | -2:-90,0 v50; -1:-40,0 v50 | near moving
no speed given, 20 m noise of a standing phone | curb | -2:0,0 a20; -1:9,0 a20 | arrived
# Distance by kind; the radius of the fix counts up to 25 m.
44 m from a kerb | curb | -6:0,44 v0; -1:0,44 v0 | arrived
46 m from a kerb | curb | -6:0,46 v0; -1:0,46 v0 | near too_far
44 m from an entrance | entrance | -6:44,0 v0; -1:44,0 v0 | arrived
46 m from an entrance | entrance | -6:46,0 v0; -1:46,0 v0 | near too_far
64 m into a yard | yard | -6:0,64 v0; -1:0,64 v0 | arrived
66 m from a yard's point | yard | -6:0,66 v0; -1:0,66 v0 | near too_far
54 m from a gate | gate | -6:54,0 v0; -1:54,0 v0 | arrived
56 m from a gate | gate | -6:56,0 v0; -1:56,0 v0 | near too_far
in the queue of a taxi stand | stand | -6:54,0 v0; -1:54,0 v0 | arrived
46 m from a learnt spot | learnt | -6:46,0 v0; -1:46,0 v0 | near too_far
44 m from a cartographer's pin | pin | -6:44,0 v0; -1:44,0 v0 | arrived
64 m off by a phone of 30 m | curb | -6:64,0 a30 v0; -1:64,0 a30 v0 | arrived
66 m off by a phone of 40 m | curb | -6:66,0 a40 v0; -1:66,0 a40 v0 | near too_far
around the corner | curb | -6:120,90 v0; -1:120,90 v0 | near too_far
299 m away | curb | -6:299,0 v0; -1:299,0 v0 | near too_far
301 m away | curb | -6:301,0 v0; -1:301,0 v0 | far too_far
in another part of the town | curb | -6:5000,0 v10; -1:4950,0 v10 | far too_far
# Zones.
in the zone | zone outlined | -6:30,-30 v0; -1:30,-30 v0 | arrived
in the far corner of the zone | zone outlined | -6:48,48 v0; -1:48,48 v0 | arrived
at the edge of the zone, outside | zone outlined | -6:66,0 a3 v0; -1:66,0 a3 v0 | arrived
30 m outside the zone | zone outlined | -6:80,0 a3 v0; -1:80,0 a3 v0 | near too_far
in the zone, a fence to its named point | zone outlined fence | -6:45,0 v0; -1:45,0 v0 | arrived
passing through the zone | zone outlined | -2:-20,0 v8; -1:-12,0 v8 | near moving
a zone without outline | zone | -6:0,62 v0; -1:0,62 v0 | arrived
# Accuracy.
a phone that is 80 m unsure | curb | -6:0,10 a80 v0; -1:0,10 a80 v0 | near inaccurate
a phone that is 49 m unsure | curb | -6:0,10 a49 v0; -1:0,10 a49 v0 | arrived
by the mobile mast, 200 m off | curb | -6:200,0 a3000 v0; -1:200,0 a3000 v0 | near too_far
by the mobile mast, a kilometre off | curb | -6:1000,0 a3000 v0; -1:1000,0 a3000 v0 | far too_far
by the mobile mast, at the point | curb | -6:0,0 a3000 v0; -1:0,0 a3000 v0 | near inaccurate
# Made up.
a made-up position | curb | -6:0,10 v0 m; -1:0,10 v0 m | far mocked
only the last one is made up | curb | -6:0,10 v0; -1:0,10 v0 m | far mocked
one of the last is made up | curb | -6:0,10 v0 m; -3:0,10 v0; -1:0,10 v0 | far mocked
made up at the same moment as a real one | curb | -6:0,10 v0; -1:0,10 a9 v0 m; -1:0,10 v0 | far mocked
made up two minutes ago, real since | curb | -120:0,10 v0 m; -6:0,10 v0; -1:0,10 v0 | arrived
# Time.
a stale fix | curb | -22:0,10 v0; -16:0,10 v0 | near stale
a stale fix from far away | curb | -90:5000,0 v0; -60:5000,0 v0 | far stale
a clock three seconds ahead | curb | -3:0,10 v0; 3:0,10 v0 | arrived
all fixes from the future | curb | 60:0,10 v0; 66:0,10 v0 | far future
one fix from the future beside good ones | curb | -6:0,10 v0; -1:0,10 v0; 600:0,10 v0 | arrived
future fixes at the point, the real one is far | curb | -1:900,0 v9; 60:0,10 v0; 66:0,10 v0 | far too_far
sent in reversed order | curb | -1:0,10 v0; -4:0,10 v0; -9:-60,0 v7; -15:-150,0 v9 | arrived
sent in reversed order while driving off | curb | -9:0,10 v0; -1:90,0 v9 | near too_far
at one moment the more accurate one counts | curb | -6:0,10 v0; -1:300,0 a90 v0; -1:0,10 v0 | arrived
# Jumps.
the tunnel's exit, first fix | curb | -40:-2600,0 a8 v20; -1:5,0 a10 v0 | near unsettled
the tunnel's exit, settled | curb | -50:-3500,0 a8 v20; -7:5,0 v0; -1:5,0 v0 | arrived
the phone guessed in the tunnel | curb | -3:-800,0 a150 v15; -1:5,0 a8 v0 | near unsettled
through a tunnel as fast as cars are | curb | -50:-1000,0 v18; -6:0,5 v0; -1:0,5 v0 | arrived
the first fix of a cold start, 500 m unsure | curb | -12:3000,0 a500 v0; -7:0,5 v0; -1:0,5 v0 | arrived
an app jumps to the point | curb | -3:-5000,0 v0; -2:-5000,0 v0; -1:0,5 v0 | near jump
an app jumped to the point and stands there | curb | -33:-5000,0 v0; -30:0,5 v0; -15:0,5 v0; -1:0,5 v0 | near jump
jumped more than a minute ago, there since | curb | -75:-5000,0 v0; -70:0,5 v0; -35:0,5 v0; -1:0,5 v0 | arrived
forty kilometres of tunnel | curb | -30:-40000,0 v0; -9:0,5 v0; -1:0,5 v0 | near jump
one wild fix while standing | curb | -6:0,10 v0; -3:2000,0 v0; -1:0,10 v0 | arrived
the last fix is wild, a kilometre off | curb | -6:0,10 v0; -3:0,10 v0; -1:1000,0 v0 | far jump
# What lies between, and which side.
the wrong yard, behind a fence | yard fence | -6:35,0 a8 v0; -1:35,0 a8 v0 | near barrier
beside the fence, on whichever side | curb fence | -6:8,0 a10 v0; -1:8,0 a10 v0 | arrived
an unsure phone 20 m behind the fence | curb fence | -6:20,0 a40 v0; -1:20,0 a40 v0 | near barrier
the other bank of the canal | curb water | -6:38,0 v0; -1:38,0 v0 | near water
opposite carriageway | curb divided | -6:0,22 v0; -1:0,22 v0 | near opposite_side
opposite carriageway, by the direction | curb h90 | -12:90,22 v8 h270; -6:0,22 v0; -1:0,22 v0 | near opposite_side
opposite carriageway, by the way driven | curb h90 | -12:90,22; -6:0,22; -1:0,22 | near opposite_side
the right carriageway, by the direction | curb h90 | -12:-90,20 v8 h88; -6:0,20 v0; -1:0,20 v0 | arrived
across a narrow street | curb h90 | -12:90,8 v8 h270; -6:0,8 v0; -1:0,8 v0 | arrived
out of a side street | curb h90 | -12:0,90 v8 h180; -6:0,20 v0; -1:0,20 v0 | arrived
a phone at rest points anywhere | curb h90 | -12:-90,20 v8 h90; -6:0,20 v0 h270; -1:0,20 v0 h270 | arrived
turned round before the point | curb h90 | -30:-90,22 v8 h270; -12:-60,20 v6 h90; -6:0,20 v0; -1:0,20 v0 | arrived
a yard has no side | yard h90 | -12:90,22 v8 h270; -6:0,22 v0; -1:0,22 v0 | arrived
# Who was there before.
at the border, first seen | curb | -6:0,47 v0; -1:0,47 v0 | near too_far
flapping at the border | curb was=arrived | -6:0,44 v0; -1:0,47 v0 | arrived
flapping at the outer border | curb was=arrived | -6:0,60 v0; -1:0,64 v0 | arrived
over the outer border | curb was=arrived | -6:0,60 v0; -1:0,66 v0 | near too_far
310 m away, was near | curb was=near | -6:310,0 v0; -1:310,0 v0 | near too_far
310 m away, was far | curb was=far | -6:310,0 v0; -1:310,0 v0 | far too_far
321 m away, was near | curb was=near | -6:321,0 v0; -1:321,0 v0 | far too_far
was there, moves up at 13 km/h | curb was=arrived | -2:0,0 v3.6; -1:4,0 v3.6 | arrived
was there, drives on | curb was=arrived | -2:0,0 v4.5; -1:5,0 v4.5 | near moving
was there, one fresh fix | curb was=arrived | -1:0,10 v0 | arrived
was there, under a roof now | curb was=arrived | -6:0,10 a70 v0; -1:0,10 a70 v0 | arrived
was there, the phone has lost itself | curb was=arrived | -6:0,10 a80 v0; -1:0,10 a80 v0 | near inaccurate
was there, nothing heard since | curb was=arrived | -60:0,10 v0; -40:0,10 v0 | near stale
was there, the last fix is wild | curb was=arrived | -4:0,10 v0; -2:0,10 v0; -1:1000,0 v0 | arrived
was there, at the border, and the last fix is wild | curb was=arrived | -2:0,68 v0; -1:1430,0 v0 | near too_far
was there, the last two fixes are wild | curb was=arrived | -4:0,10 v0; -2:1000,0 v0; -1:1000,0 v0 | far jump
was there, made up now | curb was=arrived | -6:0,10 v0; -1:0,10 v0 m | far mocked
was there, is behind the fence now | yard fence was=arrived | -6:35,0 a8 v0; -1:35,0 a8 v0 | near barrier
was there, has driven off | curb was=arrived | -6:350,0 v9; -1:400,0 v9 | far too_far
";

fn point() -> LonLat {
    LonLat::new(30.5, 50.45).unwrap()
}

/// A point so many metres east and north of another.
fn beside(point: LonLat, east_m: f64, north_m: f64) -> LonLat {
    const DEGREE_M: f64 = 111_195.08;
    let wide = DEGREE_M * point.lat().to_radians().cos();
    LonLat::clamped(
        point.lon() + east_m / wide,
        point.lat() + north_m / DEGREE_M,
    )
}

/// A square of 100 m around the point.
fn outline() -> Area {
    let corners = [
        (-50.0, -50.0),
        (50.0, -50.0),
        (50.0, 50.0),
        (-50.0, 50.0),
        (-50.0, -50.0),
    ];
    let ring = corners.map(|(x, y)| beside(point(), x, y));
    Area {
        rings: vec![ring.to_vec()],
    }
}

fn fix(text: &str) -> Fix {
    let (time, rest) = text.trim().split_once(':').unwrap();
    let mut words = rest.split(' ');
    let (east, north) = words.next().unwrap().split_once(',').unwrap();
    let number = |text: &str| text.parse::<f64>().unwrap();
    let mut fix = Fix {
        at_ms: NOW_MS
            + format!("{:.0}", number(time) * 1000.0)
                .parse::<i64>()
                .unwrap(),
        point: beside(point(), number(east), number(north)),
        accuracy_m: 5.0,
        speed_mps: None,
        heading_deg: None,
        mocked: false,
    };
    for word in words {
        match word.split_at(1) {
            ("a", value) => fix.accuracy_m = number(value),
            ("v", value) => fix.speed_mps = Some(number(value)),
            ("h", value) => fix.heading_deg = Some(number(value)),
            ("m", "") => fix.mocked = true,
            _ => panic!("{word}"),
        }
    }
    fix
}

fn ask(at: &str, fixes: &[Fix]) -> Judgement {
    let mut words = at.split(' ');
    let kind: PointKind = words.next().unwrap().parse().unwrap();
    let area = outline();
    let (mut previous, mut between) = (None, Between::Nothing);
    let mut target = Target {
        point: point(),
        kind,
        heading_deg: None,
        zone: None,
    };
    for word in words {
        match word {
            "outlined" => target.zone = Some(&area),
            "fence" => between = Between::Barrier,
            "water" => between = Between::Water,
            "divided" => between = Between::OppositeCarriageway,
            _ => match word.split_once('=') {
                Some((_, verdict)) => previous = Some(verdict.parse::<Verdict>().unwrap()),
                None => target.heading_deg = Some(word.trim_start_matches('h').parse().unwrap()),
            },
        }
    }
    let check = Check {
        target,
        fixes,
        previous,
        now_ms: NOW_MS,
    };
    judge(&check, |_, _| between)
}

fn said(judgement: &Judgement) -> String {
    match judgement.reason {
        Reason::Arrived => judgement.verdict.as_str().to_owned(),
        reason => format!("{} {}", judgement.verdict.as_str(), reason.as_str()),
    }
}

#[test]
fn every_situation_gets_the_verdict_of_a_sensible_dispatcher() {
    let rows = TABLE.lines().filter(|l| l.contains('|'));
    let rows: Vec<[&str; 4]> = rows
        .map(|l| l.split(" | ").collect::<Vec<_>>().try_into().unwrap())
        .collect();
    assert!(rows.len() >= 70);
    let mut wrong = Vec::new();
    for [name, at, fixes, expect] in rows {
        let fixes: Vec<Fix> = fixes.split(';').map(fix).collect();
        let found = ask(at, &fixes);
        if said(&found) != expect {
            wrong.push(format!("{name}: expected {expect}, got {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_answer_says_how_far_and_how_near_is_near_enough() {
    let fixes = [fix("-6:0,30 a8 v0"), fix("-1:0,30 a8 v0")];
    let found = ask("curb", &fixes);
    assert!((found.distance_m.unwrap() - 30.0).abs() < 0.1);
    assert!((found.needed_m - 48.0).abs() < 1e-9);
    let found = ask("zone outlined was=arrived", &fixes);
    assert!(found.distance_m.unwrap().abs() < 1e-9);
    assert!((found.needed_m - 43.0).abs() < 1e-9, "15 + 8 + 20");
    assert_eq!(found.why.len(), 9, "every rule says what it found");
    assert_eq!(ask("curb", &[fix("60:0,0")]).distance_m, None);
}

#[test]
fn what_lies_between_is_asked_from_the_newest_fix_to_the_point() {
    let fixes = [fix("-1:30,0 v0"), fix("-6:80,0 v0")];
    let target = Target {
        point: point(),
        kind: PointKind::Curb,
        heading_deg: None,
        zone: None,
    };
    let check = Check {
        target,
        fixes: &fixes,
        previous: None,
        now_ms: NOW_MS,
    };
    let asked = std::cell::RefCell::new(Vec::new());
    judge(&check, |from, to| {
        asked.borrow_mut().push((from, to));
        Between::Nothing
    });
    assert_eq!(asked.into_inner(), [(fixes[0].point, point())]);
}

fn rank(verdict: Verdict) -> usize {
    Verdict::ALL.iter().position(|v| *v == verdict).unwrap()
}

prop_compose! {
    fn any_fix()(seconds in -30_000i64..5_000, east in -90.0..90.0, north in -90.0..90.0, accuracy in 1.0..90.0, speed in prop::option::of(0.0..6.0), jump in prop::bool::weighted(0.1)) -> Fix {
        let east = if jump { east * 40.0 } else { east };
        Fix {
            at_ms: NOW_MS + seconds,
            point: beside(point(), east, north),
            accuracy_m: accuracy,
            speed_mps: speed,
            heading_deg: None,
            mocked: false,
        }
    }
}

fn any_point() -> impl Strategy<Value = String> {
    let kinds = prop::sample::select(PointKind::ALL.to_vec());
    (kinds, prop::bool::ANY).prop_map(|(kind, outlined)| {
        let outlined = if outlined { " outlined" } else { "" };
        format!("{kind}{outlined}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_more_accurate_phone_never_turns_arrived_into_far(fixes in prop::collection::vec(any_fix(), 1..8), at in any_point(), share in 0.0..1.0) {
        let sharper: Vec<Fix> = fixes.iter().map(|f| Fix { accuracy_m: f.accuracy_m * share, ..*f }).collect();
        for was in ["", " was=arrived"] {
            let at = format!("{at}{was}");
            if ask(&at, &fixes).verdict == Verdict::Arrived {
                prop_assert_ne!(ask(&at, &sharper).verdict, Verdict::Far);
            }
        }
    }

    #[test]
    fn who_was_there_is_never_treated_worse(fixes in prop::collection::vec(any_fix(), 1..8), at in any_point()) {
        let fresh = ask(&at, &fixes).verdict;
        let held = ask(&format!("{at} was=arrived"), &fixes).verdict;
        prop_assert!(rank(held) >= rank(fresh), "{:?} {:?}", held, fresh);
    }

    #[test]
    fn the_order_of_fixes_does_not_matter(fixes in prop::collection::vec(any_fix(), 1..8), at in any_point()) {
        let reversed: Vec<Fix> = fixes.iter().rev().copied().collect();
        let mut apart = fixes.clone();
        apart.sort_by_key(|f| f.at_ms);
        apart.dedup_by_key(|f| f.at_ms);
        if apart.len() == fixes.len() {
            prop_assert_eq!(ask(&at, &fixes), ask(&at, &reversed));
        }
    }

    #[test]
    fn a_wall_and_a_lie_never_help(fixes in prop::collection::vec(any_fix(), 1..8), at in any_point(), liar in 0usize..8) {
        let open = ask(&at, &fixes).verdict;
        let walled = ask(&format!("{at} fence"), &fixes).verdict;
        prop_assert!(rank(walled) <= rank(open));
        let mut fixes = fixes;
        let liar = liar % fixes.len();
        fixes[liar].mocked = true;
        prop_assert_ne!(ask(&at, &fixes).verdict, Verdict::Arrived);
    }

    #[test]
    fn far_away_is_never_arrived(fixes in prop::collection::vec(any_fix(), 1..8), at in any_point()) {
        let found = ask(&at, &fixes);
        if let Some(distance_m) = found.distance_m {
            prop_assert!(found.verdict != Verdict::Arrived || distance_m <= found.needed_m);
            prop_assert!(found.verdict == Verdict::Far || distance_m <= NEAR_M);
        }
    }
}
