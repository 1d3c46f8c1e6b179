//! Sets of documents and their intersection.
//!
//! Documents are numbered by importance, so the first hits are the most important ones; how many are taken and how many
//! steps an intersection may make is bounded.

use super::budget::Budget;
use geodata::snapshot::DocId;
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{DocSet, InvertedIndexReader, TERMINATED};

/// The most steps one intersection may make.
const MAX_STEPS_EACH: usize = 60_000;
/// How many times more documents than are wanted the shortest list of an intersection may have to be read as a whole.
pub(super) const WORTH_WALKING: usize = 4;
/// How many times longer than the shortest of an intersection a list may be that is read rather than looked into.
const WORTH_READING: usize = 12;
/// Rare terms of a union are read into one sorted list, up to this many documents together.
const MAX_LISTED: u32 = 256;

/// The documents of any of several terms: looked up once, walked by every reading that needs them.
#[derive(Clone, Default)]
pub(super) struct Documents {
    /// Of all rare terms together, sorted.
    listed: Rc<[DocId]>,
    frequent: Vec<(Arc<InvertedIndexReader>, TermInfo)>,
    /// All of both, once they have been read.
    all: Rc<OnceCell<Vec<DocId>>>,
}

impl Documents {
    /// Looks terms up; those that the index does not have are left out.
    pub(super) fn of(
        index: &Arc<InvertedIndexReader>,
        terms: impl Iterator<Item = Term>,
    ) -> Documents {
        let mut infos: Vec<TermInfo> = terms
            .filter_map(|t| index.get_term_info(&t).ok().flatten())
            .collect();
        infos.sort_by_key(|i| i.doc_freq);
        let (mut listed, mut frequent, mut read) = (Vec::new(), Vec::new(), 0_u32);
        for info in infos {
            read = read.saturating_add(info.doc_freq);
            let mut postings = (read <= MAX_LISTED).then(|| open(index, &info)).flatten();
            match &mut postings {
                Some(postings) => {
                    while postings.doc() != TERMINATED {
                        listed.push(postings.doc());
                        postings.advance();
                    }
                }
                None => frequent.push((Arc::clone(index), info)),
            }
        }
        listed.sort_unstable();
        listed.dedup();
        Documents {
            listed: listed.into(),
            frequent,
            all: Rc::default(),
        }
    }

    /// The documents of either.
    pub(super) fn or(&self, other: &Documents) -> Documents {
        let listed = if other.listed.is_empty() {
            Rc::clone(&self.listed)
        } else {
            let mut both: Vec<DocId> = self
                .listed
                .iter()
                .chain(other.listed.iter())
                .copied()
                .collect();
            both.sort_unstable();
            both.dedup();
            both.into()
        };
        let frequent = self
            .frequent
            .iter()
            .chain(&other.frequent)
            .cloned()
            .collect();
        Documents {
            listed,
            frequent,
            all: Rc::default(),
        }
    }

    fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.frequent.is_empty()
    }

    /// All of them, in rising order; read once.
    fn all(&self) -> &[DocId] {
        self.all.get_or_init(|| {
            let mut docs = Vec::with_capacity(self.cost());
            docs.extend(&*self.listed);
            for (index, info) in &self.frequent {
                let Some(mut postings) = open(index, info) else {
                    continue;
                };
                while postings.doc() != TERMINATED {
                    docs.push(postings.doc());
                    postings.advance();
                }
            }
            // Each term's are in order: a sort that takes up runs.
            docs.sort();
            docs.dedup();
            docs
        })
    }

    /// How many documents there are at most.
    pub(super) fn cost(&self) -> usize {
        let frequent = self.frequent.iter().map(|(_, i)| i.doc_freq as usize);
        self.listed.len() + frequent.sum::<usize>()
    }
}

fn open(index: &InvertedIndexReader, info: &TermInfo) -> Option<SegmentPostings> {
    index
        .read_postings_from_terminfo(info, IndexRecordOption::Basic)
        .ok()
}

/// One walk over a set of documents, in rising order.
struct Walk<'a> {
    listed: &'a [DocId],
    at: usize,
    postings: Vec<SegmentPostings>,
    /// The document at which each of the postings stands: most steps look at these alone, which lie side by side.
    heads: Vec<DocId>,
    /// The least of them.
    head: DocId,
}

impl Walk<'_> {
    /// A walk that reads everything first, or looks for what it needs.
    fn over(documents: &Documents, whole: bool) -> Walk<'_> {
        if whole {
            return Walk {
                listed: documents.all(),
                at: 0,
                postings: Vec::new(),
                heads: Vec::new(),
                head: TERMINATED,
            };
        }
        // Postings hold a decoded block: growing a list of them would copy kilobytes each time.
        let mut postings = Vec::with_capacity(documents.frequent.len());
        let frequent = documents.frequent.iter();
        postings.extend(frequent.filter_map(|(index, info)| open(index, info)));
        let heads: Vec<DocId> = postings.iter().map(SegmentPostings::doc).collect();
        Walk {
            listed: &documents.listed,
            at: 0,
            head: heads.iter().copied().min().unwrap_or(TERMINATED),
            heads,
            postings,
        }
    }

    /// The first document at or behind `target`, which never falls.
    fn seek(&mut self, target: DocId) -> DocId {
        if self.head < target {
            self.head = TERMINATED;
            for (head, postings) in self.heads.iter_mut().zip(&mut self.postings) {
                if *head < target {
                    *head = postings.seek(target);
                }
                self.head = self.head.min(*head);
            }
        }
        self.head.min(self.seek_listed(target))
    }

    /// Gallops: most steps are short, a few are long.
    fn seek_listed(&mut self, target: DocId) -> DocId {
        let rest = &self.listed[self.at..];
        let mut reach = 1;
        while rest.get(reach).is_some_and(|d| *d < target) {
            reach *= 2;
        }
        let (from, to) = (reach / 2, (reach + 1).min(rest.len()));
        let found = from.min(to) + rest[from.min(to)..to].partition_point(|d| *d < target);
        self.at += found;
        self.listed.get(self.at).copied().unwrap_or(TERMINATED)
    }
}

/// The first `limit` documents that are in all sets and that `keep` accepts, the most important first.
pub(super) fn intersect(
    mut sets: Vec<&Documents>,
    limit: usize,
    budget: &Budget,
    mut keep: impl FnMut(DocId) -> bool,
) -> Vec<DocId> {
    let mut found = Vec::new();
    if sets.is_empty() || sets.iter().any(|s| s.is_empty()) {
        return found;
    }
    sets.sort_by_key(|s| s.cost());
    let rarest = sets[0].cost();
    // A walk that is to find many goes to the end: it has those read at once that are not much longer.
    let far = rarest <= limit.saturating_mul(WORTH_WALKING);
    let whole = |set: &Documents| far && set.cost() <= rarest * WORTH_READING;
    let walks = sets.into_iter().map(|set| Walk::over(set, whole(set)));
    let mut walks: Vec<Walk<'_>> = walks.collect();
    let Some((rarest, others)) = walks.split_first_mut() else {
        return found;
    };
    let mut target = 0;
    for _ in 0..MAX_STEPS_EACH {
        let doc = rarest.seek(target);
        if doc == TERMINATED || !budget.step() {
            break;
        }
        let ahead = others
            .iter_mut()
            .map(|walk| walk.seek(doc))
            .find(|other| *other != doc);
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
            Some(TERMINATED) => break,
            Some(other) => target = other,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(docs: &[DocId]) -> Documents {
        Documents {
            listed: docs.into(),
            ..Documents::default()
        }
    }

    #[test]
    fn an_intersection_is_what_all_sets_have_in_order_and_no_more_than_wanted() {
        let sevens: Vec<DocId> = (0..1000).map(|n| n * 7).collect();
        let threes: Vec<DocId> = (0..2000).map(|n| n * 3).collect();
        let (sevens, threes) = (listed(&sevens), listed(&threes));
        let common = |limit| intersect(vec![&sevens, &threes], limit, &Budget::new(), |_| true);
        assert_eq!(common(4), [0, 21, 42, 63]);
        assert_eq!(common(usize::MAX).len(), 6000 / 21 + 1);
        assert_eq!(
            intersect(vec![&sevens, &threes], 2, &Budget::new(), |d| d > 50),
            [63, 84]
        );
        assert!(
            intersect(
                vec![&sevens, &Documents::default()],
                9,
                &Budget::new(),
                |_| true
            )
            .is_empty()
        );
    }

    #[test]
    fn either_of_two_sets_is_one_sorted_set() {
        let both = listed(&[1, 5, 9]).or(&listed(&[2, 5]));
        assert_eq!(
            intersect(vec![&both], 9, &Budget::new(), |_| true),
            [1, 2, 5, 9]
        );
    }
}
