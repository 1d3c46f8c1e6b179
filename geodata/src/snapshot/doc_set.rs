//! Sets of documents in memory, by pages of 65,536 numbers: in a page that has few of them the lower halves of their
//! numbers are listed, in one that has many each is a bit (after D. Lemire and others, "Better bitmap performance with
//! Roaring bitmaps", 2016).

use super::kept::Bytes;
use super::reader::DocId;

/// Bits of a document's number that are its place in a page.
const LOW_BITS: u32 = u16::BITS;
/// Words of the bits of a page.
pub(super) const PAGE_WORDS: usize = (1 << LOW_BITS) / 64;
/// A page with more documents than these is bits: they take up to twice the memory of a list, but whether a document is
/// there is told at once.
const LISTED: usize = 2_048;

/// Documents, in rising order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocSet {
    /// Those that have documents, in rising order.
    pages: Box<[Page]>,
    /// What is listed, page by page.
    lows: Box<[u16]>,
    /// What is bits, page by page.
    words: Box<[u64]>,
    count: usize,
}

/// Documents whose numbers begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// How they begin.
    pub(super) high: u16,
    /// One less than there are.
    more: u16,
    /// Where their list begins in `lows`, or their bits in `words`.
    from: u32,
}

/// The documents of a page.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows<'a> {
    Listed(&'a [u16]),
    Bits(&'a [u64; PAGE_WORDS]),
}

impl FromIterator<DocId> for DocSet {
    fn from_iter<I: IntoIterator<Item = DocId>>(docs: I) -> DocSet {
        DocSet::of(docs.into_iter().collect())
    }
}

impl DocSet {
    /// The set of some documents.
    pub(super) fn of(mut docs: Vec<DocId>) -> DocSet {
        // Those of each term are in order: a sort that takes up runs.
        docs.sort();
        docs.dedup();
        let mut filling = Filling::default();
        for docs in docs.chunk_by(|a, b| halves(*a).0 == halves(*b).0) {
            filling.list(docs);
        }
        filling.finish()
    }

    /// The set of the documents whose bits are set.
    pub(super) fn of_bits(words: &[u64]) -> DocSet {
        let mut filling = Filling::default();
        for (high, words) in (0..).zip(words.chunks(PAGE_WORDS)) {
            filling.bits(high, words);
        }
        filling.finish()
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The pages that have documents, in rising order.
    pub(super) fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// The documents of a page.
    pub(super) fn rows(&self, page: Page) -> Rows<'_> {
        let (from, count) = (page.from as usize, usize::from(page.more) + 1);
        if count <= LISTED {
            return Rows::Listed(&self.lows[from..from + count]);
        }
        let words = self.words[from..].first_chunk();
        Rows::Bits(words.expect("a page of bits has all its words"))
    }
}

impl Bytes for DocSet {
    fn bytes(&self) -> usize {
        size_of_val(&*self.pages) + size_of_val(&*self.lows) + size_of_val(&*self.words)
    }
}

/// How the number of a document begins and ends.
#[expect(
    clippy::cast_possible_truncation,
    reason = "each half of 32 bits is 16 of them"
)]
fn halves(doc: DocId) -> (u16, u16) {
    ((doc >> LOW_BITS) as u16, doc as u16)
}

/// The document whose number begins and ends so.
pub(super) fn whole(high: u16, low: u16) -> DocId {
    DocId::from(high) << LOW_BITS | DocId::from(low)
}

/// The places of the bits that are set.
pub(super) fn set_bits(words: &[u64]) -> impl Iterator<Item = u16> {
    let words = (0..=u16::MAX).step_by(64).zip(words);
    words.flat_map(|(first, word)| {
        let mut word = *word;
        std::iter::from_fn(move || {
            let bit = low_bit(word)?;
            word &= word - 1;
            Some(first + bit)
        })
    })
}

/// The lowest bit that is set.
#[expect(clippy::cast_possible_truncation, reason = "it is below 64")]
fn low_bit(word: u64) -> Option<u16> {
    (word != 0).then(|| word.trailing_zeros() as u16)
}

/// A set in the making: its pages are added in rising order.
#[derive(Default)]
struct Filling {
    pages: Vec<Page>,
    lows: Vec<u16>,
    words: Vec<u64>,
    count: usize,
}

impl Filling {
    /// Adds the documents of a page.
    fn list(&mut self, docs: &[DocId]) {
        let Some(first) = docs.first() else {
            return;
        };
        let lows = docs.iter().map(|doc| halves(*doc).1);
        self.open(halves(*first).0, docs.len());
        if docs.len() <= LISTED {
            self.lows.extend(lows);
            return;
        }
        let from = self.words.len();
        self.words.resize(from + PAGE_WORDS, 0);
        for low in lows {
            self.words[from + usize::from(low) / 64] |= 1 << (low % 64);
        }
    }

    /// Adds the documents of a page whose bits are set; its last words may be left out.
    fn bits(&mut self, high: u16, words: &[u64]) {
        let count = words.iter().map(|w| w.count_ones() as usize).sum();
        if count == 0 {
            return;
        }
        self.open(high, count);
        if count <= LISTED {
            self.lows.extend(set_bits(words));
            return;
        }
        self.words.extend(words);
        let whole = self.words.len().next_multiple_of(PAGE_WORDS);
        self.words.resize(whole, 0);
    }

    /// Begins a page of so many documents, one at least.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a page has 65,536 documents at most, and there are fewer of them than numbers"
    )]
    fn open(&mut self, high: u16, count: usize) {
        let from = match count > LISTED {
            false => self.lows.len(),
            true => self.words.len(),
        };
        self.pages.push(Page {
            high,
            more: (count - 1) as u16,
            from: from as u32,
        });
        self.count += count;
    }

    fn finish(self) -> DocSet {
        DocSet {
            pages: self.pages.into(),
            lows: self.lows.into(),
            words: self.words.into(),
            count: self.count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::intersection::Intersection;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn documents_and_their_bits_are_the_same_set(
            few in prop::collection::btree_set(0_u32..200_000, 0..200),
            many in prop::option::of((0_u32..4, 1_usize..60)),
        ) {
            let mut docs = few;
            // A page of which more may be set than is listed.
            if let Some((high, step)) = many {
                let first = high << LOW_BITS;
                docs.extend((first..200_000.min(first + (1 << LOW_BITS))).step_by(step));
            }
            let mut words = vec![0_u64; 200_000 / 64];
            for doc in &docs {
                words[*doc as usize / 64] |= 1 << (doc % 64);
            }
            let set: DocSet = docs.iter().rev().copied().collect();
            prop_assert_eq!(&set, &DocSet::of_bits(&words));
            prop_assert_eq!(set.len(), docs.len());
            let mut found = Vec::new();
            let mut all = Intersection::of(&[&set]);
            while let Some(block) = all.next_block() {
                found.extend_from_slice(block.docs);
            }
            prop_assert!(docs.into_iter().eq(found));
        }
    }
}
