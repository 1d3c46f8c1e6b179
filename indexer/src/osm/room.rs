//! Room for what is to come: lists that grow by doubling are copied again and again, and touch twice the memory.

use super::harvest::{Harvest, Wanted, Way};
use rayon::prelude::*;
use std::array::from_fn;
use std::iter::Sum;
use std::ops::Add;

/// How many times as much comes as it seems: blocks differ, and what is not filled costs nothing.
const SPARE: f64 = 1.5;

/// How much of a pass is done: blocks, and how many there are.
#[derive(Clone, Copy)]
pub(super) struct Share {
    pub(super) done: u64,
    pub(super) of: u64,
}

impl Share {
    pub(super) const ALL: Share = Share { done: 1, of: 1 };

    /// Makes room for some more and for all that is to come, if the file goes on as it did so far, and for what comes
    /// `after` the pass. Memory that is not filled in the end is never touched.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate of what may come"
    )]
    pub(super) fn make_room<T>(self, list: &mut Vec<T>, more: usize, after: usize) {
        let so_far = list.len() + more;
        if so_far + after <= list.capacity() {
            return;
        }
        let in_all = so_far as f64 * self.of as f64 / self.done.max(1) as f64 * SPARE;
        // A list that grows in place is moved with all its room, touched or not.
        let mut roomy = Vec::new();
        // More than the machine gives is no error: the list then grows as lists do.
        match roomy.try_reserve_exact((in_all as usize).max(so_far) + after) {
            Ok(()) => {
                roomy.append(list);
                *list = roomy;
            }
            Err(_) => list.reserve(more),
        }
    }

    /// The same for the lists of a harvest.
    pub(super) fn make_room_in(self, harvest: &mut Harvest, more: Counts, after: Counts) {
        self.make_room(&mut harvest.houses, more.houses, after.houses);
        self.make_room(&mut harvest.places, more.places, after.places);
        self.make_room(&mut harvest.entrances, more.doors, after.doors);
    }
}

/// How many lines and areas there are at most, each with how many points.
type Shapes = [[usize; 2]; 2];

/// Makes room in a harvest for the shapes of ways; returns what else they turn into.
pub(super) fn make_room(harvest: &mut Harvest, ways: &[Vec<Way>]) -> Counts {
    let counts = ways.par_iter().flatten_iter().map(|way| {
        let ground = way.ground.unwrap_or_default();
        let is = [ground.line.is_some(), ground.area.is_some()];
        let points = way.refs.len() + 1;
        let shapes: Shapes = is.map(|is| if is { [1, points] } else { [0, 0] });
        (Counts::of(&way.wanted), shapes)
    });
    let add = |(a, b): (Counts, Shapes), (c, d): (Counts, Shapes)| {
        (a + c, from_fn(|n| from_fn(|m| b[n][m] + d[n][m])))
    };
    let (counts, [lines, areas]) = counts.reduce(Default::default, add);
    harvest.ground.lines.reserve(lines[0], lines[1]);
    harvest.ground.areas.reserve(areas[0], areas[1]);
    counts
}

/// How many houses, places and doors there are at most.
#[derive(Default, Clone, Copy)]
pub(super) struct Counts {
    houses: usize,
    places: usize,
    doors: usize,
}

impl Counts {
    /// What one object turns into.
    pub(super) fn of(wanted: &Wanted) -> Counts {
        match wanted {
            Wanted::Part => Counts::default(),
            Wanted::House(_) => Counts {
                houses: 1,
                ..Counts::default()
            },
            Wanted::Feature(feature) => Counts {
                houses: usize::from(feature.address.is_some()),
                places: usize::from(feature.category.is_some() || feature.place.is_some()),
                doors: usize::from(feature.entrance.is_some()),
            },
        }
    }
}

impl Add for Counts {
    type Output = Counts;

    fn add(self, other: Counts) -> Counts {
        Counts {
            houses: self.houses + other.houses,
            places: self.places + other.places,
            doors: self.doors + other.doors,
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(counts: I) -> Counts {
        counts.fold(Counts::default(), Counts::add)
    }
}
