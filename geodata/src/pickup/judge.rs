//! Which kerb is best: a cost in metres of walk, made of short rules that each say why.

use super::anchors::{Anchor, AnchorKind};
use super::guide::{Given, GivenBy};
use super::kerb::{Kerb, Objection};
use super::plane::{Xy, span};
use super::scene::Scene;
use super::walk::WalkField;
use crate::ground::RoadClass;

/// What an objection costs: more than any walk, so that every point without one comes first.
pub(super) const OBJECTION_M: f64 = 1_000.0;
/// What it costs that nobody knows a way on foot.
pub(super) const NO_WAY_M: f64 = 400.0;
/// How much longer a walk is than the straight line where nobody knows the way.
const DETOUR: f64 = 1.5;
/// How much of the distance to the middle of several doors counts: nobody knows which one is meant.
const SPREAD: f64 = 0.3;
/// What it costs that a small road is to be crossed.
const ACROSS_M: f64 = 12.0;
/// What it costs if the road to be crossed has through traffic.
const ACROSS_THROUGH_M: f64 = 25.0;
/// Points nearer together than this are one for a rider, in metres.
const APART_M: f64 = 20.0;
/// Kerbs that are looked at closely, the best first: objections cost time to find.
const MAX_JUDGED: usize = 400;

/// Why a point costs what it does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cause {
    Walk,
    NoWay,
    /// Several doors: nobody knows which one is meant.
    Spread,
    Across,
    Road(RoadClass),
    Objection(Objection),
    Preferred,
    Given(GivenBy),
}

/// One part of a point's cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reason {
    pub(super) metres: f64,
    cause: Cause,
}

impl Reason {
    /// The part and its cause, for people.
    pub(super) fn told(self) -> String {
        let text = match self.cause {
            Cause::Walk => "to walk from the best door".to_owned(),
            Cause::NoWay => "no way on foot is known".to_owned(),
            Cause::Spread => "off the middle of the doors".to_owned(),
            Cause::Across => "on the other side of the road".to_owned(),
            Cause::Road(class) => format!("on a road of class {}", class.as_str()),
            Cause::Objection(objection) => told(objection).to_owned(),
            Cause::Preferred => "in a preferred zone".to_owned(),
            Cause::Given(GivenBy::Pin) => "pinned by a cartographer".to_owned(),
            Cause::Given(GivenBy::Zone) => "a point of a zone".to_owned(),
            Cause::Given(GivenBy::Learnt(share)) => {
                format!("where {:.0} % of the pickups were", share * 100.0)
            }
        };
        format!("{:+.0} m: {text}", self.metres)
    }
}

/// A kerb and what it costs.
pub(super) struct Candidate<'a> {
    pub(super) kerb: Kerb<'a>,
    /// Metres on foot from the nearest anchor; `None` where nobody knows a way.
    pub(super) walk_m: Option<f64>,
    pub(super) reasons: Vec<Reason>,
    pub(super) objections: Vec<Objection>,
    /// The anchor's side of the road is the other one.
    pub(super) across: bool,
    /// It was not found but given.
    pub(super) given: Option<Given>,
    cost_m: f64,
}

impl<'a> Candidate<'a> {
    /// A point that is given.
    pub(super) fn given(kerb: Kerb<'a>, given: Given) -> Candidate<'a> {
        Candidate {
            kerb,
            walk_m: None,
            reasons: Vec::new(),
            objections: Vec::new(),
            across: false,
            given: Some(given),
            cost_m: 0.0,
        }
    }

    pub(super) fn cost_m(&self) -> f64 {
        self.cost_m
    }

    pub(super) fn add(&mut self, metres: f64, cause: Cause) {
        self.cost_m += metres;
        self.reasons.push(Reason { metres, cause });
    }
}

/// What kerbs are judged by.
pub(super) struct Court<'a> {
    pub(super) scene: &'a Scene,
    pub(super) anchors: &'a [Anchor],
    pub(super) field: &'a WalkField,
}

impl<'a> Court<'a> {
    /// Kerbs that are permitted and can be walked to, the best first; with `stray`, those as well to which nobody knows a
    /// way.
    pub(super) fn ranked(
        &self,
        kerbs: Vec<Kerb<'a>>,
        stray: bool,
        permitted: impl Fn(&Candidate) -> bool,
    ) -> Vec<Candidate<'a>> {
        let candidates = kerbs.into_iter().filter_map(|kerb| {
            let walk_m = self.field.walk_m(kerb.footing(self.field));
            (walk_m.is_some() || stray).then(|| self.weighed(kerb, walk_m))
        });
        let mut candidates: Vec<Candidate> = candidates.filter(permitted).collect();
        candidates.sort_by(|a, b| a.cost_m().total_cmp(&b.cost_m()));
        candidates.truncate(MAX_JUDGED);
        for candidate in &mut candidates {
            for objection in candidate.kerb.objections(self.scene) {
                candidate.add(OBJECTION_M, Cause::Objection(objection));
                candidate.objections.push(objection);
            }
        }
        candidates.sort_by(|a, b| a.cost_m().total_cmp(&b.cost_m()));
        candidates
    }

    /// A given point with its walk, which costs what a walk does where there is one.
    pub(super) fn measured(&self, mut candidate: Candidate<'a>) -> Candidate<'a> {
        candidate.walk_m = self.field.walk_m(candidate.kerb.footing(self.field));
        let nearest = self.nearest(candidate.kerb.at);
        candidate.across = nearest.is_some_and(|(a, _)| candidate.kerb.is_across(a.at));
        if let Some(walk) = candidate.walk_m {
            candidate.add(walk, Cause::Walk);
        }
        candidate
    }

    fn weighed(&self, kerb: Kerb<'a>, walk_m: Option<f64>) -> Candidate<'a> {
        let nearest = self.nearest(kerb.at);
        let across = nearest.is_some_and(|(a, _)| kerb.is_across(a.at));
        let class = kerb.road.road.class;
        let spread_m = self.middle().distance_m(kerb.at) * SPREAD;
        let doors = self
            .anchors
            .iter()
            .filter(|a| matches!(a.kind, AnchorKind::Door(_)));
        let several = doors.count() > 1;
        let stray_m = nearest.map_or(0.0, |(_, far)| far) * DETOUR;
        let mut candidate = Candidate {
            kerb,
            walk_m,
            reasons: Vec::new(),
            objections: Vec::new(),
            across,
            given: None,
            cost_m: 0.0,
        };
        match walk_m {
            Some(walk) => candidate.add(walk, Cause::Walk),
            None => candidate.add(stray_m + NO_WAY_M, Cause::NoWay),
        }
        if several {
            candidate.add(spread_m, Cause::Spread);
        }
        if across {
            let through = class <= RoadClass::Tertiary;
            let cost = if through { ACROSS_THROUGH_M } else { ACROSS_M };
            let small = class >= RoadClass::Driveway;
            if !small {
                candidate.add(cost, Cause::Across);
            }
        }
        let class_m = class_cost_m(class);
        if class_m > 0.0 {
            candidate.add(class_m, Cause::Road(class));
        }
        candidate
    }

    fn middle(&self) -> Xy {
        let (low, high) = span(self.anchors.iter().map(|a| a.at));
        low.toward(high, 0.5)
    }

    /// The anchor that a kerb is nearest to, and its distance, as the crow flies and with its handicap, in metres.
    fn nearest(&self, at: Xy) -> Option<(&Anchor, f64)> {
        let far = self
            .anchors
            .iter()
            .map(|a| (a, a.at.distance_m(at) + a.handicap_m()));
        far.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// What the kind of road costs: traffic passes fast on large ones, and tracks are bad.
fn class_cost_m(class: RoadClass) -> f64 {
    match class {
        RoadClass::Motorway | RoadClass::Trunk => 120.0,
        RoadClass::Primary => 45.0,
        RoadClass::Secondary => 30.0,
        RoadClass::Tertiary => 10.0,
        RoadClass::ParkingAisle => 5.0,
        RoadClass::Track => 60.0,
        RoadClass::Unclassified
        | RoadClass::Residential
        | RoadClass::LivingStreet
        | RoadClass::Service
        | RoadClass::Driveway => 0.0,
    }
}

fn told(objection: Objection) -> &'static str {
    match objection {
        Objection::Bridge => "on a bridge",
        Objection::Roundabout => "on a roundabout",
        Objection::Junction => "less than 10 m from a junction",
        Objection::Crossing => "less than 10 m from a crossing for walkers",
        Objection::BusStop => "at a bus stop",
        Objection::TramTrack => "on the tracks of a tram",
        Objection::NoStopping => "no stopping on this side",
        Objection::Trunk => "on a trunk road",
    }
}

/// The best of ranked candidates that are apart from one another; with objections only where there is no other.
pub(super) fn choose<'a>(ranked: Vec<Candidate<'a>>, limit: usize) -> Vec<Candidate<'a>> {
    let clean = ranked.first().is_some_and(|c| c.cost_m() < OBJECTION_M);
    let mut chosen: Vec<Candidate> = Vec::new();
    for candidate in ranked {
        if chosen.len() == limit || clean && candidate.cost_m() >= OBJECTION_M {
            break;
        }
        let apart = |c: &Candidate| c.kerb.at.distance_m(candidate.kerb.at) >= APART_M;
        if chosen.iter().all(apart) {
            chosen.push(candidate);
        }
    }
    chosen
}
