//! The recipe: the fixes of a driver's phone and a pickup point → far, near or arrived, and why.
//!
//! Every rule is asked, so that a dispatcher sees them all; the first one that says no gives the reason, in the order of
//! the list in [`judge`]. Nothing is remembered between checks: the client sends the last verdict along, and who was
//! there stays there until a wider limit is passed, so that a car at the border does not flap. The model is what
//! dispatchers of taxi fleets check by hand: near enough, standing still, on the right side, by fixes to be believed.

use super::track::{Doubt, Fix, Track};
use super::verdict::{Judgement, Note, PointKind, Reason, Rule, Verdict};
use geodata::LonLat;
use geodata::admin::Area;
use geodata::pickup::Between;

/// How much of a fix's own radius is added to the radius of a point, in metres.
pub const ACCURACY_CAP_M: f64 = 25.0;
/// With a larger radius the phone does not know where it is, in metres.
pub const MAX_ACCURACY_M: f64 = 50.0;
/// Older fixes say where the car was, in seconds.
pub const MAX_AGE_S: f64 = 15.0;
/// Who is faster passes by, in kilometres per hour.
pub const MAX_SPEED_KMH: f64 = 10.0;
/// So long a car stands there to have arrived, in seconds, unless two fixes agree.
pub const DWELL_S: f64 = 5.0;
/// Two fixes agree when they are no farther apart than this, or than the worse of their radii, in metres.
pub const AGREE_M: f64 = 15.0;
/// Who is no farther than this is near, in metres.
pub const NEAR_M: f64 = 300.0;
/// Who was there stays there this much farther out, in metres.
pub const HELD_MARGIN_M: f64 = 20.0;

/// As [`MAX_ACCURACY_M`] and [`MAX_SPEED_KMH`], for who was there.
const HELD_ACCURACY_M: f64 = 75.0;
const HELD_SPEED_KMH: f64 = 15.0;
/// Two fixes less than this apart in time are one observation, in seconds.
const MIN_STEP_S: f64 = 1.0;
/// Fixes farther apart in time say nothing about what was in between, in seconds.
const MAX_GAP_S: f64 = 60.0;
/// Without a speed from the phone: fixes this far apart in time tell it, in seconds.
const SPEED_OVER_S: f64 = 15.0;
/// Slower than this the direction of a car is noise, in metres per second.
const COURSE_MPS: f64 = 1.5;
/// Without a direction from the phone: the way that tells it, in metres.
const COURSE_WAY_M: f64 = 20.0;
/// Who comes at least this much from the other direction is on the other side, in degrees.
const OPPOSITE_DEG: f64 = 120.0;
/// Nearer than this a car is at the right kerb whichever way it came: no street is narrower, in metres.
const SAME_KERB_M: f64 = 12.0;
/// A fix nearer to the point than its own radius may be on either side of a wall; at most so much of that radius counts,
/// in metres.
const EITHER_SIDE_M: f64 = 15.0;
const KMH_PER_MPS: f64 = 3.6;

/// Where the driver is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target<'a> {
    pub point: LonLat,
    pub kind: PointKind,
    /// Which way cars go on this side of the street, in degrees clockwise from north.
    pub heading_deg: Option<f64>,
    /// The outline of the zone; looked at for [`PointKind::Zone`] only.
    pub zone: Option<&'a Area>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Check<'a> {
    pub target: Target<'a>,
    /// In any order.
    pub fixes: &'a [Fix],
    /// The verdict of the check before.
    pub previous: Option<Verdict>,
    /// Milliseconds since 1970 UTC.
    pub now_ms: i64,
}

/// Judges where a driver is. `between` is asked at most once, about the newest fix and the point.
pub fn judge(check: &Check<'_>, between: impl Fn(LonLat, LonLat) -> Between) -> Judgement {
    let held = check.held();
    // Not "near enough", which depends on the accuracy: a more accurate phone is never treated worse.
    let was_near = |fix: &Fix| held && check.target.distance_m(fix) <= NEAR_M;
    let Some(track) = Track::read(check.fixes, check.now_ms, was_near) else {
        return Judgement {
            verdict: Verdict::Far,
            reason: Reason::Future,
            distance_m: None,
            needed_m: check.target.radius_m(),
            why: Vec::new(),
        };
    };
    let scene = Scene {
        check,
        track: &track,
        held,
    };
    let findings = [
        scene.mocked(),
        scene.age(),
        scene.jump(),
        scene.distance(),
        scene.accuracy(),
        scene.speed(),
        scene.side(),
        scene.between(between),
        scene.dwell(),
    ];
    let reason = findings.iter().find(|(_, note)| !note.ok);
    let reason = reason.map_or(Reason::Arrived, |(reason, _)| *reason);
    let newest = track.newest();
    let distance_m = check.target.distance_m(newest);
    Judgement {
        verdict: scene.verdict(reason, distance_m),
        reason,
        distance_m: Some(distance_m),
        needed_m: check.needed_m(newest),
        why: findings.into_iter().map(|(_, note)| note).collect(),
    }
}

impl Check<'_> {
    /// Whether the driver was there before.
    fn held(&self) -> bool {
        self.previous == Some(Verdict::Arrived)
    }

    fn needed_m(&self, fix: &Fix) -> f64 {
        let margin = if self.held() { HELD_MARGIN_M } else { 0.0 };
        self.target.radius_m() + fix.accuracy_m.min(ACCURACY_CAP_M) + margin
    }
}

impl Target<'_> {
    fn outline(&self) -> Option<&Area> {
        self.zone.filter(|_| self.kind == PointKind::Zone)
    }

    fn radius_m(&self) -> f64 {
        self.kind.radius_m(self.outline().is_some())
    }

    fn distance_m(&self, fix: &Fix) -> f64 {
        let point = || self.point.distance_m(fix.point);
        self.outline()
            .map_or_else(point, |zone| zone.distance_m(fix.point))
    }
}

/// What the rules look at. Each says which reason it gives when it says no.
struct Scene<'a> {
    check: &'a Check<'a>,
    track: &'a Track,
    /// Whether the driver was there before.
    held: bool,
}

type Finding = (Reason, Note);

impl Scene<'_> {
    fn verdict(&self, reason: Reason, distance_m: f64) -> Verdict {
        let was_near = matches!(self.check.previous, Some(Verdict::Near | Verdict::Arrived));
        let near_m = NEAR_M + if was_near { HELD_MARGIN_M } else { 0.0 };
        match reason {
            Reason::Arrived => Verdict::Arrived,
            // Nothing that an app made up says anything.
            Reason::Mocked => Verdict::Far,
            _ if distance_m <= near_m => Verdict::Near,
            _ => Verdict::Far,
        }
    }

    fn mocked(&self) -> Finding {
        (Reason::Mocked, plain(Rule::Mocked, !self.track.mocked))
    }

    fn age(&self) -> Finding {
        let age_s = self.track.newest().seconds_to(self.check.now_ms).max(0.0);
        (Reason::Stale, at_most(Rule::AgeS, Some(age_s), MAX_AGE_S))
    }

    fn jump(&self) -> Finding {
        let reason = match self.track.doubt {
            Some(Doubt::Unsettled) => Reason::Unsettled,
            _ => Reason::Jump,
        };
        let note = Note {
            value: (self.track.outliers > 0).then_some(count(self.track.outliers)),
            ..plain(Rule::Jump, self.track.doubt.is_none())
        };
        (reason, note)
    }

    fn distance(&self) -> Finding {
        let newest = self.track.newest();
        let (distance_m, needed_m) = (
            self.check.target.distance_m(newest),
            self.check.needed_m(newest),
        );
        (
            Reason::TooFar,
            at_most(Rule::DistanceM, Some(distance_m), needed_m),
        )
    }

    fn accuracy(&self) -> Finding {
        let limit = if self.held {
            HELD_ACCURACY_M
        } else {
            MAX_ACCURACY_M
        };
        let accuracy_m = Some(self.track.newest().accuracy_m);
        (
            Reason::Inaccurate,
            at_most(Rule::AccuracyM, accuracy_m, limit),
        )
    }

    fn speed(&self) -> Finding {
        let kmh = self.speed_mps().map(|v| v * KMH_PER_MPS);
        (Reason::Moving, at_most(Rule::SpeedKmh, kmh, self.max_kmh()))
    }

    fn max_kmh(&self) -> f64 {
        if self.held {
            HELD_SPEED_KMH
        } else {
            MAX_SPEED_KMH
        }
    }

    /// What the phone says, else the way from a fix shortly before. Half of a radius is taken off: errors of fixes that
    /// follow each other are much alike.
    fn speed_mps(&self) -> Option<f64> {
        let newest = self.track.newest();
        if newest.speed_mps.is_some() {
            return newest.speed_mps;
        }
        let apart = |f: &&Fix| f.seconds_to(newest.at_ms) >= MIN_STEP_S;
        let before = self.track.fixes.iter().rev().find(apart)?;
        let seconds = before.seconds_to(newest.at_ms);
        let way_m =
            before.point.distance_m(newest.point) - before.accuracy_m.max(newest.accuracy_m) / 2.0;
        (seconds <= SPEED_OVER_S).then(|| way_m.max(0.0) / seconds)
    }

    /// Whether the car came from the other direction and is not at the right kerb all the same.
    fn side(&self) -> Finding {
        let target = &self.check.target;
        let wanted = target.heading_deg.filter(|_| target.kind.has_side());
        let off = wanted.zip(self.course_deg()).map(|(a, b)| angle_deg(a, b));
        let at_kerb = target.distance_m(self.track.newest()) < SAME_KERB_M;
        let note = at_most(Rule::SideDeg, off, OPPOSITE_DEG);
        let ok = note.ok || at_kerb;
        (Reason::OppositeSide, Note { ok, ..note })
    }

    /// Where the car was going when it last went: a phone at rest points anywhere.
    fn course_deg(&self) -> Option<f64> {
        let newest = self.track.newest();
        let going = |f: &Fix| f.speed_mps.is_none_or(|v| v >= COURSE_MPS);
        let told = self.track.fixes.iter().rev().filter(|f| going(f));
        let told = told.filter_map(|f| f.heading_deg).next();
        told.or_else(|| {
            let far = |f: &&Fix| {
                let way_m = f.point.distance_m(newest.point);
                way_m >= COURSE_WAY_M.max(2.0 * f.accuracy_m.max(newest.accuracy_m))
            };
            let before = self.track.fixes.iter().rev().find(far)?;
            before.point.bearing_deg(newest.point)
        })
    }

    fn between(&self, between: impl Fn(LonLat, LonLat) -> Between) -> Finding {
        let (target, newest) = (&self.check.target, self.track.newest());
        let distance_m = target.distance_m(newest);
        let unsure = distance_m <= newest.accuracy_m.min(EITHER_SIDE_M);
        // Who is in the zone is in the zone; of who is far away it does not matter.
        let asked =
            target.outline().is_none() && distance_m <= self.check.needed_m(newest) && !unsure;
        let found = if asked {
            between(newest.point, target.point)
        } else {
            Between::Nothing
        };
        let reason = match found {
            Between::Nothing | Between::Barrier => Reason::Barrier,
            Between::Water => Reason::Water,
            Between::OppositeCarriageway => Reason::OppositeSide,
        };
        (reason, plain(Rule::Between, found == Between::Nothing))
    }

    /// How long the car has been near enough and slow; who was there before need not wait again.
    fn dwell(&self) -> Finding {
        let newest = self.track.newest();
        let there = |f: &Fix| {
            let slow = f
                .speed_mps
                .is_none_or(|v| v * KMH_PER_MPS <= self.max_kmh());
            slow && self.check.target.distance_m(f) <= self.check.needed_m(f)
        };
        let mut stay: Vec<&Fix> = Vec::new();
        for fix in self.track.fixes.iter().rev().take_while(|f| there(f)) {
            if stay
                .last()
                .is_some_and(|next| fix.seconds_to(next.at_ms) > MAX_GAP_S)
            {
                break;
            }
            stay.push(fix);
        }
        let dwell_s = stay.last().map_or(0.0, |f| f.seconds_to(newest.at_ms));
        let before = stay
            .iter()
            .find(|f| f.seconds_to(newest.at_ms) >= MIN_STEP_S);
        let agree = before.is_some_and(|f| {
            let worse_m = f.accuracy_m.max(newest.accuracy_m);
            f.point.distance_m(newest.point) <= AGREE_M.max(worse_m)
        });
        let note = Note {
            rule: Rule::DwellS,
            ok: self.held || agree || dwell_s >= DWELL_S,
            value: Some(dwell_s),
            limit: Some(DWELL_S),
        };
        (Reason::TooShort, note)
    }
}

fn plain(rule: Rule, ok: bool) -> Note {
    Note {
        rule,
        ok,
        value: None,
        limit: None,
    }
}

/// What is unknown is not held against the driver.
fn at_most(rule: Rule, value: Option<f64>, limit: f64) -> Note {
    Note {
        rule,
        ok: value.is_none_or(|v| v <= limit),
        value,
        limit: Some(limit),
    }
}

/// The smaller angle between two directions, in degrees.
fn angle_deg(a: f64, b: f64) -> f64 {
    let turn = (a - b).rem_euclid(360.0);
    turn.min(360.0 - turn)
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
