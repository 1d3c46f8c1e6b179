//! The words of an arrival check: kinds of points, what may lie between, verdicts, reasons, and what each rule found.

use std::fmt;
use std::str::FromStr;

/// What kind of place the car is to stop at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PointKind {
    /// In front of a door.
    Entrance,
    /// At the side of a street.
    Curb,
    /// In a yard.
    Yard,
    /// Outside a gate or barrier.
    Gate,
    /// Anywhere in a zone.
    Zone,
    /// Where riders have been picked up before.
    Learnt,
    /// Where a cartographer says.
    Pin,
    /// A taxi stand.
    Stand,
}

impl PointKind {
    pub const ALL: [PointKind; 8] = [
        PointKind::Entrance,
        PointKind::Curb,
        PointKind::Yard,
        PointKind::Gate,
        PointKind::Zone,
        PointKind::Learnt,
        PointKind::Pin,
        PointKind::Stand,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            PointKind::Entrance => "entrance",
            PointKind::Curb => "curb",
            PointKind::Yard => "yard",
            PointKind::Gate => "gate",
            PointKind::Zone => "zone",
            PointKind::Learnt => "learnt",
            PointKind::Pin => "pin",
            PointKind::Stand => "stand",
        }
    }

    /// How near is there, in metres: around the point; of a zone whose outline is known, around the outline.
    pub fn radius_m(self, outlined: bool) -> f64 {
        match self {
            PointKind::Curb | PointKind::Entrance | PointKind::Learnt | PointKind::Pin => 40.0,
            PointKind::Gate | PointKind::Stand => 50.0,
            PointKind::Yard => 60.0,
            PointKind::Zone if outlined => 15.0,
            PointKind::Zone => 60.0,
        }
    }

    /// Whether it lies at a street, where it matters from which direction a car comes.
    pub(super) fn has_side(self) -> bool {
        use PointKind::{Curb, Learnt, Pin, Stand};
        matches!(self, Curb | Learnt | Pin | Stand)
    }
}

impl fmt::Display for PointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PointKind {
    type Err = String;

    fn from_str(text: &str) -> Result<PointKind, String> {
        let known = PointKind::ALL.into_iter().find(|k| k.as_str() == text);
        known.ok_or_else(|| {
            let all = PointKind::ALL.map(PointKind::as_str).join(", ");
            format!("expected one of {all}, got `{text}`")
        })
    }
}

/// Where the driver is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    Far,
    Near,
    Arrived,
}

impl Verdict {
    pub const ALL: [Verdict; 3] = [Verdict::Far, Verdict::Near, Verdict::Arrived];

    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Far => "far",
            Verdict::Near => "near",
            Verdict::Arrived => "arrived",
        }
    }
}

impl FromStr for Verdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Verdict, String> {
        let known = Verdict::ALL.into_iter().find(|v| v.as_str() == text);
        known.ok_or_else(|| {
            let all = Verdict::ALL.map(Verdict::as_str).join(", ");
            format!("expected one of {all}, got `{text}`")
        })
    }
}

/// Why a verdict is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Arrived,
    /// All fixes are from the future.
    Future,
    Mocked,
    Stale,
    /// A jump that no car makes.
    Jump,
    /// The phone has found the satellites again and is not sure yet.
    Unsettled,
    TooFar,
    Inaccurate,
    Moving,
    /// On the other side of the street.
    OppositeSide,
    Barrier,
    Water,
    /// Not there for long enough.
    TooShort,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Arrived => "arrived",
            Reason::Future => "future",
            Reason::Mocked => "mocked",
            Reason::Stale => "stale",
            Reason::Jump => "jump",
            Reason::Unsettled => "unsettled",
            Reason::TooFar => "too_far",
            Reason::Inaccurate => "inaccurate",
            Reason::Moving => "moving",
            Reason::OppositeSide => "opposite_side",
            Reason::Barrier => "barrier",
            Reason::Water => "water",
            Reason::TooShort => "too_short",
        }
    }
}

/// What a rule looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Mocked,
    AgeS,
    Jump,
    DistanceM,
    AccuracyM,
    SpeedKmh,
    /// The angle to the direction of the right side of the street.
    SideDeg,
    /// What lies between.
    Between,
    DwellS,
}

impl Rule {
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Mocked => "mocked",
            Rule::AgeS => "age_s",
            Rule::Jump => "jump",
            Rule::DistanceM => "distance_m",
            Rule::AccuracyM => "accuracy_m",
            Rule::SpeedKmh => "speed_kmh",
            Rule::SideDeg => "side_deg",
            Rule::Between => "between",
            Rule::DwellS => "dwell_s",
        }
    }
}

/// What one rule found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Note {
    pub rule: Rule,
    pub ok: bool,
    /// In the rule's unit; none where it is unknown, or no number.
    pub value: Option<f64>,
    pub limit: Option<f64>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    pub reason: Reason,
    /// From the newest fix to the point, or to the zone; none without a usable fix.
    pub distance_m: Option<f64>,
    /// How near is near enough for this fix.
    pub needed_m: f64,
    pub why: Vec<Note>,
}
