//! The intersection of sets of documents.
//!
//! Documents are numbered by importance, so the first hits are the most important ones; how many are taken and how many
//! steps an intersection may make is bounded.

use super::budget::Budget;
use geodata::snapshot::{DocId, DocSet, Intersection};

/// About the most steps that one intersection makes.
const MAX_STEPS_EACH: usize = 60_000;

/// The first `limit` documents that are in all sets and that `keep` accepts, the most important first.
pub(super) fn intersect(
    sets: &[&DocSet],
    limit: usize,
    budget: &Budget,
    mut keep: impl FnMut(DocId) -> bool,
) -> Vec<DocId> {
    let mut found = Vec::new();
    let mut steps = 0;
    let mut common = Intersection::of(sets);
    while found.len() < limit
        && steps < MAX_STEPS_EACH
        && let Some(block) = common.next_block()
        && budget.step(block.steps)
    {
        steps += block.steps;
        let wanted = limit - found.len();
        found.reserve(wanted.min(block.docs.len()));
        let kept = block.docs.iter().copied().filter(|doc| keep(*doc));
        found.extend(kept.take(wanted));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intersection_is_what_all_sets_have_in_order_and_no_more_than_wanted() {
        let sevens: DocSet = (0..1000).map(|n| n * 7).collect();
        let threes: DocSet = (0..2000).map(|n| n * 3).collect();
        let common = |limit| intersect(&[&sevens, &threes], limit, &Budget::new(), |_| true);
        assert_eq!(common(4), [0, 21, 42, 63]);
        assert_eq!(common(usize::MAX).len(), 6000 / 21 + 1);
        assert_eq!(
            intersect(&[&sevens, &threes], 2, &Budget::new(), |d| d > 50),
            [63, 84]
        );
        let nothing = DocSet::default();
        let none = intersect(&[&sevens, &nothing], 9, &Budget::new(), |_| true);
        assert!(none.is_empty());
    }
}
