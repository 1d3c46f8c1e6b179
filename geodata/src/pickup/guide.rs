//! What people have ruled about where cars stop, and what was learnt from where they did.

use super::judge::{Candidate, Cause};
use super::kerb::kerb_at;
use super::plane::Plane;
use super::scene::Scene;
use crate::admin::Area;
use crate::coord::LonLat;

/// How near a kerb is to a ban that it falls under, in metres.
const BAN_M: f64 = 15.0;
/// What a preferred zone is worth, in metres of walk.
const PREFERRED_M: f64 = 30.0;
/// What a spot is worth where everybody was picked up, in metres of walk: more than any walk is long.
const LEARNT_M: f64 = 150.0;
/// The share of pickups from which a spot counts for more than what the map says.
const MIN_SHARE: f64 = 0.1;
/// What a pin is worth: more than all the rest.
const PINNED_M: f64 = 10_000.0;

/// Who says that cars stop at a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum GivenBy {
    /// A cartographer.
    Pin,
    /// A named point of an operator's zone.
    Zone,
    /// Riders and drivers: the share of the place's pickups, 0 to 1.
    Learnt(f64),
}

/// A point that is given, not found.
#[derive(Debug, Clone)]
pub struct Given {
    pub by: GivenBy,
    pub point: LonLat,
    /// May be empty.
    pub name: String,
}

/// All that is given for one meeting, at its time.
#[derive(Default)]
pub struct Guidance {
    pub given: Vec<Given>,
    /// Cars stop inside these only: zones that hold the meeting.
    pub mandatory: Vec<Area>,
    /// Inside these cars stop at given points only.
    pub pointed: Vec<Area>,
    pub preferred: Vec<Area>,
    /// No car stops inside these.
    pub forbidden: Vec<Area>,
    /// No car stops at these points.
    pub banned: Vec<LonLat>,
}

impl Guidance {
    /// Whether a car may stop at a point of which a zone says nothing else.
    fn allows(&self, point: LonLat) -> bool {
        let ordered = self.mandatory.is_empty() || inside(&self.mandatory, point);
        let banned = self.banned.iter().any(|b| b.distance_m(point) <= BAN_M);
        ordered && !banned && !inside(&self.forbidden, point)
    }

    /// Whether a car may stop at a point that nobody has given.
    pub(super) fn permits(&self, point: LonLat) -> bool {
        self.allows(point) && !inside(&self.pointed, point)
    }

    /// Favours what is preferred.
    pub(super) fn favour(&self, ranked: &mut [Candidate], plane: &Plane) {
        if self.preferred.is_empty() {
            return;
        }
        for candidate in ranked.iter_mut() {
            if inside(&self.preferred, plane.point(candidate.kerb.at)) {
                candidate.add(-PREFERRED_M, Cause::Preferred);
            }
        }
    }

    /// The given points as candidates, each at the road beside it; those without a road anywhere near are none.
    pub(super) fn candidates<'a>(&self, scene: &'a Scene, left_hand: bool) -> Vec<Candidate<'a>> {
        let usable = self.given.iter().filter(|given| match given.by {
            GivenBy::Pin => true,
            GivenBy::Zone => self.allows(given.point),
            GivenBy::Learnt(share) => {
                let pointed = inside(&self.pointed, given.point);
                share >= MIN_SHARE && self.allows(given.point) && !pointed
            }
        });
        let candidates = usable.filter_map(|given| {
            let kerb = kerb_at(scene, scene.plane.xy(given.point), left_hand)?;
            let mut candidate = Candidate::given(kerb, given.clone());
            let worth_m = match given.by {
                GivenBy::Pin => PINNED_M,
                GivenBy::Zone => PREFERRED_M,
                GivenBy::Learnt(share) => LEARNT_M * share,
            };
            candidate.add(-worth_m, Cause::Given(given.by));
            Some(candidate)
        });
        candidates.collect()
    }
}

fn inside(areas: &[Area], point: LonLat) -> bool {
    areas.iter().any(|a| a.contains(point))
}
