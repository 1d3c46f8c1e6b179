//! Documents that have the words, from the index, in order of importance.
//!
//! Postings are read directly: a union per token, a leapfrog intersection over tokens, cells and areas. Documents are
//! numbered by importance, so the first hits are the most important ones; how many are taken and how many steps the
//! intersection may make is bounded.

use super::spelling::{Spelling, keys_with_prefix};
use geodata::LonLat;
use geodata::snapshot::{Cells, DocId, KeyId, MAX_PREFIX_CHARS, Snapshot};
use std::sync::Arc;
use tantivy::postings::SegmentPostings;
use tantivy::schema::{Field, IndexRecordOption, Term};
use tantivy::{DocSet, InvertedIndexReader, SegmentReader, TERMINATED};

/// The most steps one intersection may make.
const MAX_STEPS: usize = 60_000;

/// Which spellings of a token count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slips {
    Forbidden,
    Allowed,
}

/// Reads postings of one snapshot.
pub(super) struct Finder<'a> {
    snapshot: &'a Snapshot,
    segment: Option<&'a SegmentReader>,
    slips: Slips,
}

/// The documents of any of several terms.
#[derive(Default)]
pub(super) struct AnyOf {
    postings: Vec<SegmentPostings>,
}

impl AnyOf {
    fn is_empty(&self) -> bool {
        self.postings.is_empty()
    }

    /// The first document at or behind `target`.
    fn seek(&mut self, target: DocId) -> DocId {
        let mut least = TERMINATED;
        for postings in &mut self.postings {
            let doc = if postings.doc() < target {
                postings.seek(target)
            } else {
                postings.doc()
            };
            least = least.min(doc);
        }
        least
    }

    fn cost(&self) -> u32 {
        self.postings
            .iter()
            .map(DocSet::size_hint)
            .fold(0, u32::saturating_add)
    }
}

impl<'a> Finder<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, slips: Slips) -> Finder<'a> {
        Finder {
            snapshot,
            segment: snapshot.searcher().segment_readers().first(),
            slips,
        }
    }

    fn index(&self, field: Field) -> Option<Arc<InvertedIndexReader>> {
        self.segment?.inverted_index(field).ok()
    }

    fn union(&self, field: Field, terms: impl Iterator<Item = Term>) -> AnyOf {
        let Some(index) = self.index(field) else {
            return AnyOf::default();
        };
        let postings = terms.filter_map(|t| {
            index
                .read_postings(&t, IndexRecordOption::Basic)
                .ok()
                .flatten()
        });
        AnyOf {
            postings: postings.collect(),
        }
    }

    /// Keys of the words that a token may stand for.
    fn keys(&self, spelling: &Spelling) -> Vec<KeyId> {
        let mut keys: Vec<KeyId> = spelling
            .keys
            .iter()
            .copied()
            .chain(spelling.meaning_keys())
            .collect();
        if self.slips == Slips::Allowed {
            keys.extend(&spelling.typo_keys);
        }
        keys
    }

    /// Documents with a word that a token may stand for.
    ///
    /// An initial on the map («К. Маркса») stands for a word only in company of others.
    pub(super) fn with_word(&self, spelling: &Spelling, prefix: bool, companions: bool) -> AnyOf {
        let fields = self.snapshot.fields();
        let mut keys = self.keys(spelling);
        keys.extend(spelling.initial_key.filter(|_| companions));
        let mut beginnings = Vec::new();
        for sound in spelling.sounds.iter().filter(|_| prefix) {
            if sound.len() <= MAX_PREFIX_CHARS {
                beginnings.push(Term::from_field_text(fields.prefix, sound));
            } else {
                keys.extend(keys_with_prefix(sound, self.snapshot));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let mut all = self.union(fields.key, self.key_terms(fields.key, &keys).into_iter());
        all.postings
            .extend(self.union(fields.prefix, beginnings.into_iter()).postings);
        all
    }

    /// Areas with a word that a token may stand for.
    pub(super) fn with_area_word(&self, spelling: &Spelling, prefix: bool) -> AnyOf {
        let field = self.snapshot.fields().area_key;
        let mut keys = self.keys(spelling);
        for sound in spelling.sounds.iter().filter(|s| prefix && s.len() >= 3) {
            keys.extend(keys_with_prefix(sound, self.snapshot));
        }
        keys.sort_unstable();
        keys.dedup();
        self.union(field, self.key_terms(field, &keys).into_iter())
    }

    fn key_terms(&self, field: Field, keys: &[KeyId]) -> Vec<Term> {
        let words = self.snapshot.words();
        keys.iter()
            .filter_map(|key| {
                let form = words
                    .forms_of(*key)
                    .next()
                    .map(geodata::snapshot::FormId::nth)?;
                let text = words.text(form, self.snapshot.texts());
                Some(Term::from_field_text(field, &synonyms::sound_key(text)))
            })
            .collect()
    }

    /// Documents in the cells around a point, or inside any of some areas, or of some categories.
    pub(super) fn near(&self, point: LonLat, zoom: u32) -> AnyOf {
        let field = self.snapshot.fields().cell;
        self.union(
            field,
            Cells::around(point, zoom)
                .into_iter()
                .map(|c| Term::from_field_u64(field, c)),
        )
    }

    pub(super) fn inside(&self, areas: &[DocId]) -> AnyOf {
        let field = self.snapshot.fields().parent;
        self.union(
            field,
            areas
                .iter()
                .map(|a| Term::from_field_u64(field, u64::from(*a))),
        )
    }

    pub(super) fn of_category(&self, categories: &[String]) -> AnyOf {
        let field = self.snapshot.fields().category;
        self.union(
            field,
            categories.iter().map(|c| Term::from_field_text(field, c)),
        )
    }

    pub(super) fn of_layers(&self, layers: &[geodata::Layer]) -> AnyOf {
        let field = self.snapshot.fields().layer;
        let terms = layers
            .iter()
            .map(|l| Term::from_field_u64(field, geodata::snapshot::layer_term(*l)));
        self.union(field, terms)
    }
}

/// The first `limit` documents that are in all sets and that `keep` accepts, the most important first.
pub(super) fn intersect(
    mut all: Vec<AnyOf>,
    limit: usize,
    mut keep: impl FnMut(DocId) -> bool,
) -> Vec<DocId> {
    let mut found = Vec::new();
    if all.is_empty() || all.iter().any(AnyOf::is_empty) {
        return found;
    }
    all.sort_by_key(AnyOf::cost);
    let mut target = 0;
    for _ in 0..MAX_STEPS {
        let doc = all[0].seek(target);
        if doc == TERMINATED {
            break;
        }
        let agreed = all[1..]
            .iter_mut()
            .map(|set| set.seek(doc))
            .find(|other| *other != doc);
        match agreed {
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
