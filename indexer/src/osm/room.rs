//! Room for what is to come: lists that grow by doubling are copied again and again, and touch twice the memory.

use super::harvest::{Harvest, TaggedNode, Wanted, Way};

/// How much of a pass is done: blocks, and how many there are.
#[derive(Clone, Copy)]
pub(super) struct Share {
    pub(super) done: u64,
    pub(super) of: u64,
}

impl Share {
    pub(super) const ALL: Share = Share { done: 1, of: 1 };

    /// Makes room for some more and for all that is to come, if the file goes on as it did so far. Memory that is not
    /// filled in the end is never touched.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate of what may come"
    )]
    pub(super) fn make_room<T>(self, list: &mut Vec<T>, more: usize) {
        let so_far = list.len() + more;
        if so_far <= list.capacity() {
            return;
        }
        let in_all = so_far as f64 * self.of as f64 / self.done.max(1) as f64 * 1.1;
        let to_come = (in_all as usize).saturating_sub(list.len());
        // More than the machine gives is no error: the list then grows as lists do.
        if list.try_reserve_exact(to_come.max(more)).is_err() {
            list.reserve(more);
        }
    }
}

/// Makes room in a harvest for what nodes and ways turn into.
pub(super) fn make_room(harvest: &mut Harvest, nodes: &[TaggedNode], ways: &[Way]) {
    let mut counts = Counts::default();
    nodes.iter().for_each(|node| counts.add(&node.wanted));
    let [mut outlines, mut lines, mut areas] = [Points::default(); 3];
    for way in ways {
        counts.add(&way.wanted);
        let points = way.refs.len() + 1;
        match &way.wanted {
            Wanted::House(_) => outlines.add(points),
            Wanted::Feature(feature) if feature.address.is_some() => outlines.add(points),
            Wanted::Part | Wanted::Feature(_) => {}
        }
        if let Some(ground) = way.ground {
            ground.line.iter().for_each(|_| lines.add(points));
            ground.area.iter().for_each(|_| areas.add(points));
        }
    }
    harvest.houses.reserve_exact(counts.houses);
    harvest.places.reserve_exact(counts.places);
    harvest.entrances.reserve_exact(counts.doors);
    harvest.outlines.reserve(outlines.shapes, outlines.points);
    harvest.ground.lines.reserve(lines.shapes, lines.points);
    harvest.ground.areas.reserve(areas.shapes, areas.points);
}

/// How many houses, places and doors there are at most.
#[derive(Default)]
struct Counts {
    houses: usize,
    places: usize,
    doors: usize,
}

impl Counts {
    fn add(&mut self, wanted: &Wanted) {
        match wanted {
            Wanted::Part => {}
            Wanted::House(_) => self.houses += 1,
            Wanted::Feature(feature) => {
                self.houses += usize::from(feature.address.is_some());
                self.places += usize::from(feature.category.is_some() || feature.place.is_some());
                self.doors += usize::from(feature.entrance.is_some());
            }
        }
    }
}

/// How many shapes there are at most, and how many points they have.
#[derive(Default, Clone, Copy)]
struct Points {
    shapes: usize,
    points: usize,
}

impl Points {
    fn add(&mut self, points: usize) {
        self.shapes += 1;
        self.points += points;
    }
}
