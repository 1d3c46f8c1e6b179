//! What the areas around a place are called, in the languages of who asks.
//!
//! A street's houses, a town's streets and a district's shops all have the same areas around them, and each line that is
//! shown names them: what was looked up for one place is kept for the others.

use super::kept::{Bytes, Kept};
use super::reader::{DocId, Snapshot};
use crate::place::Layer;
use std::sync::Arc;

/// Bytes of names that are kept.
const KEPT_BYTES: u64 = 8 << 20;

/// Names of the areas around a place, by what they are to its address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaNames {
    pub district: Option<String>,
    pub city: Option<String>,
    pub county: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    /// ISO 3166-1 alpha-2, lower case.
    pub countrycode: Option<String>,
}

impl Bytes for AreaNames {
    fn bytes(&self) -> usize {
        let names = [
            &self.district,
            &self.city,
            &self.county,
            &self.state,
            &self.country,
            &self.countrycode,
        ];
        let names = names.into_iter().flatten().map(String::len);
        size_of::<AreaNames>() + names.sum::<usize>()
    }
}

/// Names by list of areas and languages.
pub(super) struct KeptNames(Kept<AreaNames>);

impl KeptNames {
    pub(super) fn new() -> KeptNames {
        KeptNames(Kept::at_most(KEPT_BYTES))
    }
}

impl Snapshot {
    /// Names of some areas in the first of `languages` that each has, else its local one; of several areas of one kind
    /// the first, which is the smallest.
    pub fn name_areas(&self, areas: &[DocId], languages: &[String]) -> AreaNames {
        let mut names = AreaNames::default();
        for area in areas {
            let slot = match self.layer(*area) {
                Layer::District => &mut names.district,
                Layer::City | Layer::Locality => &mut names.city,
                Layer::County => &mut names.county,
                Layer::State => &mut names.state,
                Layer::Country => {
                    names.countrycode = self
                        .attribute(*area, "countrycode")
                        .map(str::to_owned)
                        .filter(|c| !c.is_empty());
                    &mut names.country
                }
                _ => continue,
            };
            if slot.is_none() {
                *slot = Some(self.name_in(*area, languages).to_owned());
            }
        }
        names
    }

    /// The same for the areas that a place lies in.
    pub fn names_around(&self, doc: DocId, languages: &[String]) -> Arc<AreaNames> {
        let mut key = self.place(doc).parents.to_le_bytes().to_vec();
        for language in languages {
            key.extend(language.bytes());
            // No tag has one.
            key.push(0);
        }
        let KeptNames(kept) = self.area_names();
        kept.get(&key, || self.name_areas(self.parents(doc), languages))
    }
}
