//! Which documents have a term: sets read from the Tantivy index, the ones that are asked for again and again kept in
//! memory.
//!
//! Riders type the same words in the same towns, and each keystroke asks for the words before it again, so a set that was
//! read is worth keeping.

use super::doc_set::DocSet;
use super::kept::Kept;
use super::reader::DocId;
use super::schema::{Fields, layer_term};
use super::table::Texts;
use super::words::{KeyId, Words};
use crate::place::Layer;
use std::cell::Cell;
use std::sync::Arc;
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::Term;
use tantivy::{InvertedIndexReader, SegmentReader};

/// Bytes of sets that are kept of a snapshot of a few places, as edits make them; of one of more places so many more for
/// each; and the most.
const KEPT_BYTES: u64 = 16 << 20;
const KEPT_BYTES_EACH: u64 = 144;
const MAX_KEPT_BYTES: u64 = 160 << 20;
/// Terms that have more than one of so many documents are joined by setting bits, others by sorting.
const MANY: usize = 512;

thread_local! {
    /// What documents are joined in: bits that are all zero meanwhile.
    static JOINED: Cell<Vec<u64>> = const { Cell::new(Vec::new()) };
}

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

/// The sets of an index: read when they are asked for, and kept as long as there is room.
pub(super) struct DocSets {
    fields: Fields,
    /// By the number of the field; none when there are no documents.
    indexes: Vec<Arc<InvertedIndexReader>>,
    places: usize,
    kept: Kept<DocSet>,
}

impl DocSets {
    /// The sets of an index of one segment, or of none.
    ///
    /// # Errors
    /// When the index of a field cannot be read.
    pub(super) fn of(fields: Fields, segment: Option<&SegmentReader>) -> tantivy::Result<DocSets> {
        let all = segment.into_iter().flat_map(|segment| {
            let fields = segment.schema().fields();
            fields.map(|(field, _)| segment.inverted_index(field))
        });
        let places = segment.map_or(0, SegmentReader::max_doc);
        let kept = KEPT_BYTES + u64::from(places) * KEPT_BYTES_EACH;
        Ok(DocSets {
            fields,
            indexes: all.collect::<Result<_, _>>()?,
            places: places as usize,
            kept: Kept::at_most(kept.min(MAX_KEPT_BYTES)),
        })
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
        let terms = terms.iter().map(|t| t.term(&self.fields, texts));
        let found: Vec<_> = terms.filter_map(|t| self.look_up(&t)).collect();
        let length: usize = found.iter().map(|(_, info)| info.doc_freq as usize).sum();
        if found.len() == 1 || length <= self.places / MANY {
            let mut docs = Vec::with_capacity(length);
            read_all(&found, |block| docs.extend(block));
            return DocSet::of(docs);
        }
        let mut words = JOINED.take();
        words.resize(self.places.div_ceil(64).max(words.len()), 0);
        read_all(&found, |block| {
            for doc in block {
                words[*doc as usize / 64] |= 1 << (doc % 64);
            }
        });
        let set = DocSet::of_bits(&words[..self.places.div_ceil(64)]);
        words.fill(0);
        JOINED.set(words);
        set
    }

    /// Where the documents of a term are; `None` when there are none. The files are mapped and were compared with the
    /// manifest when the snapshot was opened: a term that cannot be looked up all the same has no documents.
    fn look_up(&self, term: &Term) -> Option<(&InvertedIndexReader, TermInfo)> {
        let index = self.indexes.get(term.field().field_id() as usize)?;
        Some((index, index.get_term_info(term).ok()??))
    }
}

/// Reads the documents of some terms, block by block; no field has more than those. As with [`DocSets::look_up`], a term
/// whose documents cannot be read all the same has none.
fn read_all(terms: &[(&InvertedIndexReader, TermInfo)], mut take: impl FnMut(&[DocId])) {
    let mut blocks = BlockSegmentPostings::empty();
    for (index, info) in terms {
        if index
            .reset_block_postings_from_terminfo(info, &mut blocks)
            .is_err()
        {
            continue;
        }
        while !blocks.docs().is_empty() {
            take(blocks.docs());
            blocks.advance();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
