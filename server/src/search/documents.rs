//! The intersection of sets of documents.
//!
//! Documents are numbered by importance, so the first hits are the most important ones; how many are taken and how many
//! steps an intersection may make is bounded.

use super::budget::Budget;
use geodata::snapshot::{DocId, DocSet, DocWalk};

/// The most steps one intersection may make.
const MAX_STEPS_EACH: usize = 60_000;

/// The first `limit` documents that are in all sets and that `keep` accepts, the most important first.
pub(super) fn intersect(
    mut sets: Vec<&DocSet>,
    limit: usize,
    budget: &Budget,
    mut keep: impl FnMut(DocId) -> bool,
) -> Vec<DocId> {
    sets.sort_by_key(|s| s.len());
    // Most words are alone.
    if let [all] = sets[..] {
        let steps = all.iter().take(MAX_STEPS_EACH);
        let steps = steps.take_while(|_| budget.step());
        return steps.filter(|doc| keep(*doc)).take(limit).collect();
    }
    let mut found = Vec::new();
    let mut walks: Vec<DocWalk<'_>> = sets.into_iter().map(DocSet::walk).collect();
    let Some((rarest, others)) = walks.split_first_mut() else {
        return found;
    };
    let mut target = 0;
    for _ in 0..MAX_STEPS_EACH {
        let Some(doc) = rarest.seek(target).filter(|_| budget.step()) else {
            break;
        };
        let ahead = others
            .iter_mut()
            .map(|walk| walk.reach(doc))
            .find(|other| *other != Some(doc));
        match ahead {
            None => {
                if keep(doc) {
                    found.push(doc);
                    if found.len() == limit {
                        break;
                    }
                }
                target = doc + 1;
            }
            Some(None) => break,
            Some(Some(other)) => target = other,
        }
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
        let common = |limit| intersect(vec![&sevens, &threes], limit, &Budget::new(), |_| true);
        assert_eq!(common(4), [0, 21, 42, 63]);
        assert_eq!(common(usize::MAX).len(), 6000 / 21 + 1);
        assert_eq!(
            intersect(vec![&sevens, &threes], 2, &Budget::new(), |d| d > 50),
            [63, 84]
        );
        let nothing = DocSet::default();
        let none = intersect(vec![&sevens, &nothing], 9, &Budget::new(), |_| true);
        assert!(none.is_empty());
    }
}
