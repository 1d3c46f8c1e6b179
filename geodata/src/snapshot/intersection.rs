//! What sets of documents have in common, a page at a time: lists are held against lists by numbers of two bytes, 32 at once,
//! and against bits one by one; bits of all against each other, 64 at once.

use super::doc_set::{DocSet, PAGE_WORDS, Page, Rows, set_bits, whole};
use super::gallop::gallop;
use super::reader::DocId;

/// Words of bits that are looked at together: one may stop before all of a page are.
const BLOCK_WORDS: usize = 64;
/// So many times in a page.
const WORD_BLOCKS: u16 = 16;
/// Numbers of a list that are looked at together.
const BLOCK: usize = 32;

/// The documents that are in all of some sets, in rising order, which is falling importance.
pub struct Intersection<'a> {
    /// The sets with those of their pages that were not yet looked at.
    sets: Vec<(&'a DocSet, &'a [Page])>,
    /// How numbers begin in the page that is looked at.
    high: u16,
    /// What is listed of it in some sets, the shortest first, and its bits in the others.
    lists: Vec<&'a [u16]>,
    bits: Vec<&'a [u64; PAGE_WORDS]>,
    /// The next block of bits, if there is nothing but bits.
    next: u16,
    lows: Vec<u16>,
    docs: Vec<DocId>,
}

/// Some of the documents.
#[derive(Debug)]
pub struct Block<'a> {
    pub docs: &'a [DocId],
    /// How many documents of a set were looked at; of bits, how many words, and how many documents were found. As many
    /// as there are documents at least, so that who looks at each of them has a bound.
    pub steps: usize,
}

impl<'a> Intersection<'a> {
    /// What some sets have in common; nothing, when there are no sets.
    pub fn of(sets: &[&'a DocSet]) -> Intersection<'a> {
        Intersection {
            sets: sets.iter().map(|set| (*set, set.pages())).collect(),
            high: 0,
            lists: Vec::with_capacity(sets.len()),
            bits: Vec::with_capacity(sets.len()),
            next: WORD_BLOCKS,
            lows: Vec::new(),
            docs: Vec::new(),
        }
    }

    /// The next documents, which may be none; `None` at the end.
    pub fn next_block(&mut self) -> Option<Block<'_>> {
        if self.next == WORD_BLOCKS {
            self.enter_page()?;
        }
        self.docs.clear();
        let steps = match self.lists.is_empty() {
            true => self.take_bits(),
            false => self.take_listed(),
        };
        let docs = &self.docs;
        Some(Block { docs, steps })
    }

    /// Goes to the next page that all sets have; `None` when there is none.
    fn enter_page(&mut self) -> Option<()> {
        let (_, pages) = self.sets.first()?;
        let mut high = pages.first()?.high;
        // The pages before that of the one that is furthest are none of its.
        loop {
            let before = high;
            for (_, pages) in &mut self.sets {
                while pages.first()?.high < high {
                    *pages = &pages[1..];
                }
                high = pages.first()?.high;
            }
            if high == before {
                break;
            }
        }
        self.lists.clear();
        self.bits.clear();
        for (set, pages) in &mut self.sets {
            let (page, behind) = pages.split_first()?;
            *pages = behind;
            match set.rows(*page) {
                Rows::Listed(lows) => self.lists.push(lows),
                Rows::Bits(words) => self.bits.push(words),
            }
        }
        self.lists.sort_unstable_by_key(|list| list.len());
        (self.high, self.next) = (high, 0);
        Some(())
    }

    /// Takes what is in all lists and bits of the page; returns how many numbers were looked at.
    fn take_listed(&mut self) -> usize {
        self.next = WORD_BLOCKS;
        let Some((shortest, others)) = self.lists.split_first() else {
            return 0;
        };
        self.lows.clear();
        self.lows.extend_from_slice(shortest);
        for bits in &self.bits {
            keep(&mut self.lows, |low| {
                bits[usize::from(low) / 64] >> (low % 64) & 1 == 1
            });
        }
        for list in others {
            keep_listed(&mut self.lows, list);
        }
        let lows = self.lows.iter();
        self.docs.extend(lows.map(|low| whole(self.high, *low)));
        shortest.len()
    }

    /// Takes the next bits that are set in all sets; returns how many words were looked at and documents found.
    fn take_bits(&mut self) -> usize {
        let from = usize::from(self.next) * BLOCK_WORDS;
        let block = from..from + BLOCK_WORDS;
        let mut words = [u64::MAX; BLOCK_WORDS];
        for bits in &self.bits {
            for (word, other) in words.iter_mut().zip(&bits[block.clone()]) {
                *word &= other;
            }
        }
        let first = whole(self.high, self.next * (u16::MAX / WORD_BLOCKS + 1));
        let docs = set_bits(&words).map(|bit| first + DocId::from(bit));
        self.docs.extend(docs);
        self.next += 1;
        BLOCK_WORDS + self.docs.len()
    }
}

/// Keeps the numbers that a list has; both are in rising order. Whether a block has a number is told at once, and seldom is
/// it another block than for the number before.
fn keep_listed(lows: &mut Vec<u16>, list: &[u16]) {
    let (mut blocks, rest) = list.as_chunks::<BLOCK>();
    // What is left behind the blocks makes one together with some that are before it.
    let last = list.last_chunk::<BLOCK>();
    keep(lows, |low| {
        blocks = &blocks[gallop(blocks, |block| block[BLOCK - 1] < low)..];
        let block = blocks.first().or(last);
        block.map_or_else(|| rest.contains(&low), |block| has(block, low))
    });
}

fn has(block: &[u16; BLOCK], low: u16) -> bool {
    // Not `any`, nor `contains`: all are compared at once.
    block.iter().fold(false, |has, other| has | (*other == low))
}

/// Keeps the numbers that something holds for; which ones these are decides no branch.
fn keep(lows: &mut Vec<u16>, mut holds: impl FnMut(u16) -> bool) {
    let mut kept = 0;
    for n in 0..lows.len() {
        let low = lows[n];
        lows[kept] = low;
        kept += usize::from(holds(low));
    }
    lows.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Documents that are rare in some pages and frequent in others.
    fn docs() -> impl Strategy<Value = BTreeSet<DocId>> {
        let page = prop_oneof![
            Just(Vec::new()),
            prop::collection::vec(any::<u16>(), 0..300),
            (1_usize..40).prop_map(|step| (0..=u16::MAX).step_by(step).collect()),
        ];
        prop::collection::vec(page, 0..4).prop_map(|pages| {
            let numbered = (0..).zip(pages);
            let docs =
                numbered.flat_map(|(high, lows)| lows.into_iter().map(move |low| whole(high, low)));
            docs.collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn sets_have_in_common_what_is_in_all(all in prop::collection::vec(docs(), 1..4)) {
            let sets: Vec<DocSet> = all.iter().map(|docs| docs.iter().copied().collect()).collect();
            let mut common = Intersection::of(&sets.iter().collect::<Vec<_>>());
            let mut found = Vec::new();
            while let Some(block) = common.next_block() {
                prop_assert!(block.steps >= block.docs.len());
                found.extend_from_slice(block.docs);
            }
            let (first, others) = all.split_first().expect("one set at least");
            let expect = first.iter().copied().filter(|doc| others.iter().all(|o| o.contains(doc)));
            prop_assert!(expect.eq(found));
        }
    }

    #[test]
    fn no_sets_have_nothing_in_common() {
        assert!(Intersection::of(&[]).next_block().is_none());
        let (nothing, one) = (DocSet::default(), DocSet::from_iter([7]));
        assert!(Intersection::of(&[&one, &nothing]).next_block().is_none());
    }
}
