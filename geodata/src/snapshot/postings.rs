//! Which documents have a term: sets read from the Tantivy index, the ones that are asked for again and again kept in
//! memory.
//!
//! Riders type the same words in the same towns, and each keystroke asks for the words before it again, so a set that was
//! read is worth keeping. Long sets are bit sets, short ones sorted lists; both are walked in rising order, which is
//! falling importance.

use super::gallop::gallop_in_blocks;
use super::kept::{Bytes, Kept};
use super::reader::DocId;
use super::schema::{Fields, layer_term};
use super::table::Texts;
use super::words::{KeyId, Words};
use crate::place::Layer;
use std::sync::Arc;
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{InvertedIndexReader, Searcher, SegmentReader};

/// Bytes of sets that are kept.
const KEPT_BYTES: u64 = 192 << 20;
/// A set with more than one of so many documents is a bit set: it takes up to twice the memory of a list, but whether it
/// has a document is told at once.
const DENSE: usize = 64;

/// Something that documents have in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocTerm<'a> {
    /// A word of this sound.
    Word(KeyId),
    /// A word of this sound in the name of an area.
    AreaWord(KeyId),
    /// A word whose sound key begins so; at most [`MAX_PREFIX_CHARS`](super::MAX_PREFIX_CHARS) characters.
    Beginning(&'a str),
    /// A place in this map cell (see [`Cells`](super::Cells)).
    Cell(u64),
    /// A place inside this one.
    Inside(DocId),
    /// A place of this category: `key=value` of OpenStreetMap.
    Category(&'a str),
    Layer(Layer),
}

impl DocTerm<'_> {
    fn term(self, fields: &Fields, (words, texts): (&Words, &Texts)) -> Term {
        let word = |field, key| Term::from_field_text(field, texts.get(words.heard(key)));
        match self {
            DocTerm::Word(key) => word(fields.key, key),
            DocTerm::AreaWord(key) => word(fields.area_key, key),
            DocTerm::Beginning(text) => Term::from_field_text(fields.prefix, text),
            DocTerm::Cell(cell) => Term::from_field_u64(fields.cell, cell),
            DocTerm::Inside(doc) => Term::from_field_u64(fields.parent, u64::from(doc)),
            DocTerm::Category(category) => Term::from_field_text(fields.category, category),
            DocTerm::Layer(layer) => Term::from_field_u64(fields.layer, layer_term(layer)),
        }
    }

    /// Adds bytes that no other list of terms has.
    fn write_to(self, key: &mut Vec<u8>) {
        let (kind, number, text) = match self {
            DocTerm::Word(word) => (0, u64::from(word.row()), ""),
            DocTerm::AreaWord(word) => (1, u64::from(word.row()), ""),
            DocTerm::Beginning(text) => (2, text.len() as u64, text),
            DocTerm::Cell(cell) => (3, cell, ""),
            DocTerm::Inside(doc) => (4, u64::from(doc), ""),
            DocTerm::Category(text) => (5, text.len() as u64, text),
            DocTerm::Layer(layer) => (6, layer_term(layer), ""),
        };
        key.push(kind);
        key.extend(number.to_le_bytes());
        key.extend(text.bytes());
    }
}

/// Documents, in rising order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocSet(Docs);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Docs {
    Listed(Box<[DocId]>),
    Bits { words: Box<[u64]>, count: usize },
}

impl Default for DocSet {
    fn default() -> DocSet {
        DocSet(Docs::Listed(Box::default()))
    }
}

impl FromIterator<DocId> for DocSet {
    fn from_iter<I: IntoIterator<Item = DocId>>(docs: I) -> DocSet {
        DocSet::listed(docs.into_iter().collect())
    }
}

impl DocSet {
    fn listed(mut docs: Vec<DocId>) -> DocSet {
        // Those of each term are in order: a sort that takes up runs.
        docs.sort();
        docs.dedup();
        DocSet(Docs::Listed(docs.into()))
    }

    fn bits(words: Vec<u64>) -> DocSet {
        let count = words.iter().map(|w| w.count_ones() as usize).sum();
        DocSet(Docs::Bits {
            words: words.into(),
            count,
        })
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Docs::Listed(docs) => docs.len(),
            Docs::Bits { count, .. } => *count,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All documents.
    pub fn iter(&self) -> impl Iterator<Item = DocId> {
        let (docs, words): (&[DocId], &[u64]) = match &self.0 {
            Docs::Listed(docs) => (docs, &[]),
            Docs::Bits { words, .. } => (&[], words),
        };
        let mut target = 0;
        let bits = std::iter::from_fn(move || {
            let doc = next_bit(words, target)?;
            target = doc + 1;
            Some(doc)
        });
        docs.iter().copied().chain(bits)
    }

    /// A walk from the first document on.
    pub fn walk(&self) -> DocWalk<'_> {
        DocWalk(match &self.0 {
            Docs::Listed(docs) => Rest::Listed(docs),
            Docs::Bits { words, .. } => Rest::Bits(words),
        })
    }
}

impl Bytes for DocSet {
    fn bytes(&self) -> usize {
        match &self.0 {
            Docs::Listed(docs) => size_of_val(&**docs),
            Docs::Bits { words, .. } => size_of_val(&**words),
        }
    }
}

/// A walk over a set.
#[derive(Debug, Clone)]
pub struct DocWalk<'a>(Rest<'a>);

#[derive(Debug, Clone)]
enum Rest<'a> {
    Listed(&'a [DocId]),
    Bits(&'a [u64]),
}

impl DocWalk<'_> {
    /// The first document at or behind `target`, which never falls from one call to the next; `None` at the end.
    pub fn seek(&mut self, target: DocId) -> Option<DocId> {
        match &mut self.0 {
            Rest::Listed(docs) => {
                *docs = &docs[gallop_in_blocks(docs, |doc| *doc < target)..];
                docs.first().copied()
            }
            Rest::Bits(words) => next_bit(words, target),
        }
    }

    /// `target` if it is in the set, else a document behind it before which there is none; `None` at the end. As
    /// [`DocWalk::seek`], but nobody looks for the next document of a set that has many.
    pub fn reach(&mut self, target: DocId) -> Option<DocId> {
        match &self.0 {
            Rest::Listed(_) => self.seek(target),
            Rest::Bits(words) => {
                let rest = words.get(target as usize / 64)? >> (target % 64);
                let gap = if rest == 0 {
                    64 - target % 64
                } else {
                    rest.trailing_zeros()
                };
                target.checked_add(gap)
            }
        }
    }
}

fn next_bit(words: &[u64], target: DocId) -> Option<DocId> {
    let at = target as usize / 64;
    let first = words.get(at)? & (u64::MAX << (target % 64));
    let rest = words[at + 1..].iter().copied();
    let mut numbered = (at..).zip(std::iter::once(first).chain(rest));
    let (at, word) = numbered.find(|(_, word)| *word != 0)?;
    u32::try_from(at * 64)
        .ok()
        .map(|n| n + word.trailing_zeros())
}

/// The sets of an index: read when they are asked for, and kept as long as there is room.
pub(super) struct DocSets {
    fields: Fields,
    searcher: Searcher,
    kept: Kept<DocSet>,
}

impl DocSets {
    /// The sets of an index of one segment.
    pub(super) fn of(fields: Fields, searcher: Searcher) -> DocSets {
        DocSets {
            fields,
            searcher,
            kept: Kept::at_most(KEPT_BYTES),
        }
    }

    /// The documents that have any of some terms.
    pub(super) fn with_any(&self, terms: &[DocTerm<'_>], texts: (&Words, &Texts)) -> Arc<DocSet> {
        let mut key = Vec::with_capacity(terms.len() * 9);
        for term in terms {
            term.write_to(&mut key);
        }
        self.kept.get(&key, || self.read(terms, texts))
    }

    fn read(&self, terms: &[DocTerm<'_>], texts: (&Words, &Texts)) -> DocSet {
        let Some(segment) = self.searcher.segment_readers().first() else {
            return DocSet::default();
        };
        let terms = terms.iter().map(|t| t.term(&self.fields, texts));
        let found: Vec<Postings> = terms.filter_map(|t| Postings::of(segment, &t)).collect();
        let length: usize = found.iter().map(|p| p.info.doc_freq as usize).sum();
        let places = segment.max_doc() as usize;
        if length > places / DENSE {
            let mut words = vec![0_u64; places.div_ceil(64)];
            for postings in found {
                postings.read(|docs| {
                    for doc in docs {
                        words[*doc as usize / 64] |= 1 << (doc % 64);
                    }
                });
            }
            DocSet::bits(words)
        } else {
            let mut docs = Vec::with_capacity(length);
            for postings in found {
                postings.read(|block| docs.extend(block));
            }
            DocSet::listed(docs)
        }
    }
}

/// The documents of one term. The files are mapped and were compared with the manifest when the snapshot was opened: a term
/// that cannot be looked up all the same has no documents.
struct Postings {
    index: Arc<InvertedIndexReader>,
    info: TermInfo,
}

impl Postings {
    /// `None` when the index does not have the term.
    fn of(segment: &SegmentReader, term: &Term) -> Option<Postings> {
        let index = segment.inverted_index(term.field()).ok()?;
        let info = index.get_term_info(term).ok()??;
        Some(Postings { index, info })
    }

    /// Reads them block by block.
    fn read(self, mut take: impl FnMut(&[DocId])) {
        let option = IndexRecordOption::Basic;
        let blocks: Option<BlockSegmentPostings> = self
            .index
            .read_block_postings_from_terminfo(&self.info, option)
            .ok();
        let Some(mut blocks) = blocks else {
            return;
        };
        while !blocks.docs().is_empty() {
            take(blocks.docs());
            blocks.advance();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn as_bits(docs: &[DocId]) -> DocSet {
        let mut words = vec![0; 40];
        for doc in docs {
            words[*doc as usize / 64] |= 1_u64 << (doc % 64);
        }
        DocSet::bits(words)
    }

    proptest! {
        #[test]
        fn a_list_and_a_bit_set_of_the_same_documents_are_walked_alike(
            docs in prop::collection::btree_set(0_u32..2_560, 0..200),
            steps in prop::collection::vec(0_u32..400, 1..30),
        ) {
            let docs: Vec<DocId> = docs.into_iter().collect();
            let (list, bits) = (DocSet::listed(docs.clone()), as_bits(&docs));
            prop_assert_eq!((list.len(), bits.len()), (docs.len(), docs.len()));
            prop_assert!(list.iter().eq(docs.iter().copied()) && bits.iter().eq(docs.iter().copied()));
            let (mut a, mut b, mut c) = (list.walk(), bits.walk(), bits.walk());
            let mut target = 0;
            for step in steps {
                target += step;
                let next = docs.iter().copied().find(|d| *d >= target);
                prop_assert_eq!((a.seek(target), b.seek(target)), (next, next));
                let reached = c.reach(target);
                prop_assert_eq!(reached == Some(target), next == Some(target));
                prop_assert!(reached.is_none_or(|r| r >= target) && next.is_none_or(|n| reached.is_some_and(|r| r <= n)));
            }
        }
    }

    #[test]
    fn different_terms_have_different_keys() {
        let key = |terms: &[DocTerm<'_>]| {
            let mut key = Vec::new();
            terms.iter().for_each(|t| t.write_to(&mut key));
            key
        };
        let (a, b) = (DocTerm::Beginning("le"), DocTerm::Beginning("s"));
        assert_ne!(key(&[a, b]), key(&[DocTerm::Beginning("les")]));
        assert_ne!(key(&[DocTerm::Inside(7)]), key(&[DocTerm::Cell(7)]));
        assert_ne!(key(&[DocTerm::Category("le")]), key(&[a]));
    }
}
