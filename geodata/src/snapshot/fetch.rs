//! Reading ahead, one table after the other: the memory brings records together that nothing is done with in between, but
//! one by one those that are looked at in turn.

use super::houses::NumberRow;
use super::reader::{DocId, Snapshot};
use super::table::TextId;
use super::words::FormId;

impl Snapshot {
    /// Reads the first records of many places. Gives a number that means nothing.
    pub fn fetch(&self, docs: &[DocId]) -> u32 {
        let places = docs.iter().map(|doc| self.place(*doc));
        let lists: Vec<(u32, u32)> = places.map(|p| (p.names.0, p.parents)).collect();
        let first = |table: &[u32], list: u32| table[list as usize] as usize;
        let rows: Vec<(usize, usize)> = lists
            .into_iter()
            .map(|(n, p)| (first(&self.name_lists, n), first(&self.parent_lists, p)))
            .collect();
        let parents = rows.iter().map(|(_, parent)| self.parents.get(*parent));
        let parents = parents.flatten().fold(0, |all, p| all ^ p);
        let names = rows.iter().map(|(name, _)| self.names.get(*name));
        let tokens: Vec<usize> = names.flatten().map(|n| n.first_token as usize).collect();
        let tokens = tokens.into_iter().map(|t| self.tokens.get(t));
        let forms: Vec<FormId> = tokens.flatten().map(|t| t.form()).collect();
        let letters = forms
            .into_iter()
            .map(|form| self.words().form(form).letters);
        letters.fold(parents, |all, n| all ^ u32::from(n))
    }

    /// The same for the houses of many places' lists among which one looks for a number.
    pub fn fetch_houses(&self, docs: &[DocId], number: NumberRow) -> usize {
        let lists = docs.iter().map(|doc| self.list(*doc, |r| r.first_house));
        let left = number.halve(lists.collect(), &self.houses);
        left.into_iter().fold(0, |all, rows| all ^ rows.start)
    }

    /// The same for what is shown of places, whose first records are near by then: names, facts and sources.
    pub fn fetch_shown(&self, docs: &[DocId]) -> u32 {
        let sources = docs.iter().flat_map(|doc| self.sources(*doc).first());
        let sources = sources.fold(0, |all, source| all ^ u32::from(source.is_none()));
        let facts = docs.iter().flat_map(|doc| self.attributes(*doc).first());
        let facts: Vec<TextId> = facts.map(|fact| fact.value).collect();
        let names = docs.iter().flat_map(|doc| self.names(*doc).first());
        sources ^ self.texts().fetch(names.map(|name| name.text).chain(facts))
    }
}
