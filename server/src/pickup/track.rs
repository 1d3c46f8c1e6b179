//! The fixes of a driver's phone, in order of time, and what of them is to be believed.
//!
//! Phones send fixes late, twice, out of order and from the future; a lone one may lie a kilometre off; after a tunnel
//! the first ones are guesses. What no car does is a jump. A jump is forgiven when the phone had lost the satellites
//! before it and has settled since; from one good fix to the next it is refused for a while, as apps that pretend to be
//! elsewhere jump like that.

use geodata::LonLat;

/// Phones' clocks may be ahead by this much, in seconds.
const CLOCK_AHEAD_S: f64 = 5.0;
/// Faster than this no car with a rider's order drives, in metres per second: 216 km/h.
const MAX_CAR_MPS: f64 = 60.0;
/// Two fixes less than this apart in time are compared as if they were this far apart, in seconds: clocks of phones are
/// coarse.
const MIN_STEP_S: f64 = 1.0;
/// Silence before a jump that explains it, in seconds: a tunnel or an underground car park.
const LOST_S: f64 = 10.0;
/// A radius of the fix before a jump that explains it, in metres: the phone was guessing.
const LOST_ACCURACY_M: f64 = 100.0;
/// For so long fixes have to agree after a jump that is explained, in seconds.
const SETTLE_S: f64 = 5.0;
/// A longer jump is explained by nothing, in metres: tunnels are shorter.
const LOST_WAY_M: f64 = 5_000.0;
/// So long a jump that nothing explains, or a position that an app made up, is held against the driver, in seconds.
const REMEMBERED_S: f64 = 60.0;

/// One position of the car as the driver's phone told it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
    pub point: LonLat,
    /// The radius in which the phone says it is, in metres.
    pub accuracy_m: f64,
    pub speed_mps: Option<f64>,
    /// Where it goes, in degrees clockwise from north.
    pub heading_deg: Option<f64>,
    /// Whether the phone says that an app made the position up.
    pub mocked: bool,
}

impl Fix {
    /// Seconds from this fix to a later moment.
    pub(super) fn seconds_to(&self, at_ms: i64) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of centuries are exact"
        )]
        let ms = at_ms.saturating_sub(self.at_ms) as f64;
        ms / 1000.0
    }

    /// Metres per second that a car would need from this fix to a later one, with what both radii allow taken off.
    fn needed_mps(&self, later: &Fix) -> f64 {
        let way_m = self.point.distance_m(later.point) - self.accuracy_m - later.accuracy_m;
        way_m.max(0.0) / self.seconds_to(later.at_ms).max(MIN_STEP_S)
    }

    fn jumps_to(&self, later: &Fix) -> bool {
        self.needed_mps(later) > MAX_CAR_MPS
    }
}

/// Why the newest fixes are not to be believed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// A jump that nothing explains.
    Jump,
    /// A jump after silence, and too few fixes since.
    Unsettled,
}

/// Fixes in order of time since the last jump.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Track {
    /// Never empty.
    pub(super) fixes: Vec<Fix>,
    pub(super) doubt: Option<Doubt>,
    /// Whether one of the last fixes, those before the jump too, was made up.
    pub(super) mocked: bool,
    /// Fixes that were set aside because they are off by themselves.
    pub(super) outliers: usize,
}

impl Track {
    /// Reads fixes in any order; `None` when none is left but those from the future. A wild last fix after one for
    /// which `was_near` holds is an outlier: it is not known yet that the next one is not.
    pub(super) fn read(
        fixes: &[Fix],
        now_ms: i64,
        was_near: impl Fn(&Fix) -> bool,
    ) -> Option<Track> {
        let mut fixes: Vec<Fix> = fixes.to_vec();
        fixes.retain(|f| f.seconds_to(now_ms) >= -CLOCK_AHEAD_S);
        let latest = fixes.iter().map(|f| f.at_ms).max()?;
        let mocked = |f: &Fix| f.mocked && f.seconds_to(latest) < REMEMBERED_S;
        let mocked = fixes.iter().any(mocked);
        // Of two at one time the more accurate counts.
        fixes.sort_by(|a, b| {
            let accuracy = a.accuracy_m.total_cmp(&b.accuracy_m);
            a.at_ms.cmp(&b.at_ms).then(accuracy)
        });
        fixes.dedup_by_key(|f| f.at_ms);
        let before = fixes.len();
        drop_outliers(&mut fixes, was_near);
        let outliers = before - fixes.len();
        let newest = fixes.last()?.at_ms;
        let jump = (1..fixes.len()).rfind(|n| fixes[n - 1].jumps_to(&fixes[*n]));
        let doubt = jump.and_then(|n| doubt(&fixes[n - 1], &fixes[n], newest));
        fixes.drain(..jump.unwrap_or_default());
        Some(Track {
            fixes,
            doubt,
            mocked,
            outliers,
        })
    }

    /// The newest fix.
    pub(super) fn newest(&self) -> &Fix {
        self.fixes.last().expect("a track is never empty")
    }
}

/// Takes out fixes to which the car would have had to jump, and back again.
fn drop_outliers(fixes: &mut Vec<Fix>, was_near: impl Fn(&Fix) -> bool) {
    let mut n = 1;
    while n < fixes.len() {
        let (before, here, after) = (fixes[n - 1], fixes[n], fixes.get(n + 1));
        let back = after.map_or_else(
            || was_near(&before),
            |after| here.jumps_to(after) && !before.jumps_to(after),
        );
        if before.jumps_to(&here) && back {
            fixes.remove(n);
        } else {
            n += 1;
        }
    }
}

/// What is to be said of a jump, with the time of the newest fix.
fn doubt(before: &Fix, after: &Fix, newest_ms: i64) -> Option<Doubt> {
    let since_s = after.seconds_to(newest_ms);
    let lost = before.seconds_to(after.at_ms) > LOST_S || before.accuracy_m > LOST_ACCURACY_M;
    if lost && before.point.distance_m(after.point) < LOST_WAY_M {
        return (since_s < SETTLE_S).then_some(Doubt::Unsettled);
    }
    (since_s < REMEMBERED_S).then_some(Doubt::Jump)
}
