//! What words mean in addresses: status words, units, numbers, titles, fillers, categories.
//!
//! The tables under `data/<lang>/` are compiled in (see `build.rs`), folded and split by the same analyzer as names and
//! queries, and kept in one `fst` map from token sequences (`ж м`, `ст м`, `під їзд`) to meanings. A word may mean
//! several things («м»: city or metro): the reader decides by neighbours, this table only lists.

use crate::fold::fold;
use crate::sound::sound_key;
use crate::tokenize::tokenize;
use fst::raw::Output;
use fst::{IntoStreamer, Map, Streamer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A dictionary file: language, table, text.
type Table = (&'static str, &'static str, &'static str);

static TABLES: &[Table] = &include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// The kind of a street's status word, the same in every language: `street`, `avenue`, `lane` …
pub type StatusKind = &'static str;
/// The kind of a unit word: `house`, `corpus`, `entrance`, `flat` …
pub type UnitKind = &'static str;

/// How likely a street's status word is the name of one instead: beside one that is less likely, it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// «вулиця»
    Never,
    /// «проспект», «провулок»
    Rarely,
    /// «набережна», «майдан», «парк»
    Often,
}

impl Naming {
    /// How likely the words of a kind are names.
    pub fn of(kind: StatusKind) -> Naming {
        match kind {
            "street" => Naming::Never,
            "avenue" | "boulevard" | "lane" | "sidelane" | "passage" | "deadend" => Naming::Rarely,
            _ => Naming::Often,
        }
    }
}

/// One thing that a sequence of words can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning {
    /// A street's status word, in full or abbreviated.
    Status(StatusKind),
    /// A settlement's or admin area's status word: `city`, `village`, `raion`, `metro` …
    Place(&'static str),
    /// A word that announces part of an address below the street.
    Unit(UnitKind),
    Ordinal(u16),
    Cardinal(u16),
    Month(u16),
    /// A rank or title that may be left out.
    Title,
    /// A word that carries no place: `preposition`, `polite`, `corner`, `and`, `nearby` …
    Filler(&'static str),
    /// An OSM category, `amenity=fuel`.
    Category(&'static str),
    /// Another language's word for the same name, folded.
    SameAs(&'static str),
}

impl Meaning {
    /// The kind of street, for a street's status word.
    pub fn status(&self) -> Option<StatusKind> {
        match self {
            Meaning::Status(kind) => Some(kind),
            _ => None,
        }
    }

    /// The kind of settlement, area or station, for its status word.
    pub fn place(&self) -> Option<&'static str> {
        match self {
            Meaning::Place(kind) => Some(kind),
            _ => None,
        }
    }

    /// The number, for a cardinal.
    pub fn cardinal(&self) -> Option<u16> {
        match self {
            Meaning::Cardinal(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, for an ordinal.
    pub fn ordinal(&self) -> Option<u16> {
        match self {
            Meaning::Ordinal(number) => Some(*number),
            _ => None,
        }
    }

    /// What part of an address is announced.
    pub fn unit(&self) -> Option<UnitKind> {
        match self {
            Meaning::Unit(kind) => Some(kind),
            _ => None,
        }
    }
}

/// All dictionaries of all languages.
pub struct Dictionary {
    map: Map<Vec<u8>>,
    meanings: Vec<Vec<Meaning>>,
    /// Folded words and their sound keys.
    ordinals: BTreeMap<u16, Vec<(String, String)>>,
    /// Category → (language, name).
    categories: BTreeMap<&'static str, Vec<(&'static str, &'static str)>>,
    /// Status words of streets that are one word, sorted.
    status: Vec<String>,
    /// Endings of other cases and what may stand for them in the nominative, folded.
    cases: Vec<(String, String)>,
    /// Folded brand → what else people call it.
    brands: BTreeMap<String, Vec<&'static str>>,
}

/// The fewest letters of a word that has an ending.
const MIN_INFLECTED: usize = 5;
/// The fewest letters before the ending.
const MIN_STEM: usize = 3;

/// The dictionaries compiled into this program.
pub fn dictionary() -> &'static Dictionary {
    static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| Dictionary::from_tables(TABLES));
    &DICTIONARY
}

impl Dictionary {
    fn from_tables(tables: &[Table]) -> Dictionary {
        let mut entries: BTreeMap<String, BTreeSet<Meaning>> = BTreeMap::new();
        let own = ["cases", "brands"];
        for (_, table, text) in tables.iter().filter(|(_, table, _)| !own.contains(table)) {
            rows(text).for_each(|row| read_row(table, row, &mut entries));
        }
        let mut categories: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (language, category, terms) in lists(tables, "categories") {
            let name = terms.split(',').next().map(|name| (language, name));
            categories.entry(category).or_default().extend(name);
        }
        let folded = |(_, ending, nominatives): (_, &str, &'static str)| {
            let ending = fold(ending);
            let nominatives = nominatives.split(',');
            nominatives.map(move |n| (ending.clone(), fold(n.trim())))
        };
        let cases = lists(tables, "cases").flat_map(folded).collect();
        let mut brands: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (_, brand, names) in lists(tables, "brands") {
            let known = brands.entry(fold(brand)).or_default();
            known.extend(names.split(','));
        }
        let mut ordinals: BTreeMap<u16, Vec<(String, String)>> = BTreeMap::new();
        for (words, meanings) in &entries {
            for meaning in meanings {
                if let Meaning::Ordinal(n) = meaning {
                    let spelled = (words.clone(), sound_key(words));
                    ordinals.entry(*n).or_default().push(spelled);
                }
            }
        }
        let is_status =
            |set: &BTreeSet<Meaning>| set.iter().any(|m| matches!(m, Meaning::Status(_)));
        let status = entries
            .iter()
            .filter(|(words, set)| !words.contains(' ') && is_status(set))
            .map(|(words, _)| words.clone())
            .collect();
        let meanings: Vec<Vec<Meaning>> = entries
            .values()
            .map(|set| set.iter().copied().collect())
            .collect();
        let numbered = entries
            .keys()
            .enumerate()
            .map(|(n, key)| (key.as_bytes(), n as u64));
        let map = Map::from_iter(numbered).expect("a BTreeMap yields sorted, distinct keys");
        Dictionary {
            map,
            meanings,
            ordinals,
            categories,
            status,
            cases,
            brands,
        }
    }

    /// Meanings of a sequence of folded words joined by spaces: `вул`, `ж м`.
    pub fn meanings(&self, words: &str) -> &[Meaning] {
        self.map.get(words).map_or(&[], |n| self.at(n))
    }

    /// Meanings of the first of some folded words, of the first two together, of the first three …, as far as some entry
    /// goes on.
    pub fn meanings_along<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Vec<&[Meaning]> {
        let entries = self.map.as_fst();
        let (mut node, mut number) = (entries.root(), Output::zero());
        let mut found = Vec::new();
        for word in words {
            let gap = (!found.is_empty()).then_some(b' ');
            for byte in gap.into_iter().chain(word.bytes()) {
                let Some(step) = node.find_input(byte) else {
                    return found;
                };
                let step = node.transition(step);
                number = number.cat(step.out);
                node = entries.node(step.addr);
            }
            let entry = node
                .is_final()
                .then(|| number.cat(node.final_output()).value());
            found.push(entry.map_or(&[][..], |n| self.at(n)));
        }
        found
    }

    /// Folded words for an ordinal in every language, each with its sound key.
    pub fn ordinals(&self, number: u16) -> impl Iterator<Item = (&str, &str)> {
        let spelled = self.ordinals.get(&number).into_iter().flatten();
        spelled.map(|(words, sound)| (words.as_str(), sound.as_str()))
    }

    /// Status words of streets, in every language, that begin with `prefix`: for words still being typed.
    pub fn status_words(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let first = self.status.partition_point(|word| word.as_str() < prefix);
        let words = self.status[first..].iter().map(String::as_str);
        words.take_while(move |word| word.starts_with(prefix))
    }

    /// What a folded word may be in the nominative: «соборної» → «соборна».
    pub fn nominatives(&self, word: &str) -> impl Iterator<Item = String> {
        let inflected = word.chars().count() >= MIN_INFLECTED;
        let cases = self.cases.iter().filter(move |_| inflected);
        cases.filter_map(move |(ending, nominative)| {
            let stem = word.strip_suffix(ending.as_str())?;
            (stem.chars().count() >= MIN_STEM).then(|| format!("{stem}{nominative}"))
        })
    }

    /// Whether a text, folded, is the name of a brand.
    pub fn is_brand(&self, fold: &str) -> bool {
        self.brands.contains_key(fold)
    }

    /// What else people call a brand: «Lviv Croissants» → «львівські круасани». Brands of the countries that have a list.
    pub fn brand_names(&self, brand: &str) -> &[&'static str] {
        self.brands.get(&fold(brand)).map_or(&[], Vec::as_slice)
    }

    /// What a category is called in the first of `languages` that has a word for it.
    pub fn category_name(&self, category: &str, languages: &[String]) -> Option<&'static str> {
        let names = self.categories.get(category)?;
        let wanted = languages
            .iter()
            .find_map(|l| names.iter().find(|(language, _)| language == l));
        wanted
            .or_else(|| names.iter().find(|(language, _)| *language == "en"))
            .or(names.first())
            .map(|(_, name)| *name)
    }

    /// Entries that start with `prefix`, in alphabetical order, at most `limit`: for words still being typed.
    pub fn starting_with(&self, prefix: &str, limit: usize) -> Vec<(String, &[Meaning])> {
        let mut found = Vec::new();
        let mut stream = self.map.range().ge(prefix).into_stream();
        while let Some((key, n)) = stream.next() {
            if found.len() == limit || !key.starts_with(prefix.as_bytes()) {
                break;
            }
            found.push((String::from_utf8_lossy(key).into_owned(), self.at(n)));
        }
        found
    }

    fn at(&self, n: u64) -> &[Meaning] {
        usize::try_from(n)
            .ok()
            .and_then(|n| self.meanings.get(n))
            .map_or(&[], Vec::as_slice)
    }
}

/// The rows of a table, without comments and its header.
fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    let rows = text.lines();
    rows.filter(|l| !l.starts_with('#') && !l.trim().is_empty())
        .skip(1)
}

/// The rows of a table of two columns in all languages: language, key, list.
fn lists<'t>(
    tables: &'t [Table],
    wanted: &'t str,
) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> + 't {
    let tables = tables.iter().filter(move |(_, table, _)| *table == wanted);
    tables.flat_map(|(language, _, text)| {
        rows(text).map(|row| {
            let (key, list) = row.split_once('\t').unwrap_or((row, ""));
            (*language, key, list)
        })
    })
}

fn read_row(table: &str, row: &'static str, entries: &mut BTreeMap<String, BTreeSet<Meaning>>) {
    let cells: Vec<&'static str> = row.split('\t').collect();
    let key = cells[0].trim();
    let mut add = |forms: Option<&&'static str>, meaning: Meaning| {
        for form in forms.into_iter().flat_map(|f| f.split(',')) {
            let words: Vec<String> = tokenize(form).into_iter().map(|t| t.fold).collect();
            if !words.is_empty() {
                entries.entry(words.join(" ")).or_default().insert(meaning);
            }
        }
    };
    let number = || key.parse().unwrap_or_default();
    match table {
        "status" => cells[1..]
            .iter()
            .for_each(|c| add(Some(c), Meaning::Status(key))),
        "places" => cells[1..]
            .iter()
            .for_each(|c| add(Some(c), Meaning::Place(key))),
        "units" => add(cells.get(1), Meaning::Unit(key)),
        "ordinals" => add(cells.get(1), Meaning::Ordinal(number())),
        "cardinals" => add(cells.get(1), Meaning::Cardinal(number())),
        "months" => add(cells.get(1), Meaning::Month(number())),
        "titles" => cells.iter().for_each(|c| add(Some(c), Meaning::Title)),
        "fillers" => add(cells.get(1), Meaning::Filler(key)),
        "categories" => add(cells.get(1), Meaning::Category(key)),
        "words" => {
            for same in cells.get(1).into_iter().flat_map(|c| c.split(',')) {
                add(Some(&key), Meaning::SameAs(same.trim()));
            }
        }
        _ => unreachable!("build.rs lets only known tables through"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, expect: Meaning) {
        let meanings = dictionary().meanings(words);
        assert!(meanings.contains(&expect), "{words}: {meanings:?}");
    }

    #[test]
    fn abbreviations_mean_what_their_full_forms_mean() {
        for words in [
            "вулиця",
            "вул",
            "в ця",
            "улица",
            "ул",
            "str",
            "strada",
            "strasse",
            "vulytsia",
        ] {
            check(words, Meaning::Status("street"));
        }
        check("пр т", Meaning::Status("avenue"));
        check("б р", Meaning::Status("boulevard"));
    }

    #[test]
    fn ambiguous_words_list_all_they_can_mean() {
        check("м", Meaning::Place("city"));
        check("м", Meaning::Place("metro"));
        check("кв", Meaning::Unit("flat"));
        check("к", Meaning::Unit("corpus"));
    }

    #[test]
    fn entries_of_several_words_are_met_on_the_way() {
        let along = |words: &str| dictionary().meanings_along(words.split(' '));
        let district = along("ж м сихів");
        assert_eq!(district.len(), 2);
        assert_eq!(district[0], dictionary().meanings("ж"));
        assert!(district[1].contains(&Meaning::Status("residential_area")));
        assert_eq!(along("хрещатик 1"), [&[][..]; 0]);
        // A word is not met before its end.
        assert_eq!(along("вулиц"), [&[][..]]);
    }

    #[test]
    fn status_words_are_found_by_their_beginning() {
        let words = |prefix| dictionary().status_words(prefix).collect::<Vec<&str>>();
        assert!(words("вул").contains(&"вулиця"));
        assert!(words("stra").contains(&"strada"));
        assert!(words("qq").is_empty());
    }

    #[test]
    fn brands_have_other_names() {
        let names = dictionary().brand_names("Lviv Croissants");
        assert!(names.contains(&"львівські круасани"), "{names:?}");
        assert!(dictionary().brand_names("no such brand").is_empty());
    }

    #[test]
    fn names_in_other_cases_have_a_nominative() {
        for (word, expect) in [
            ("соборноі", "соборна"),
            ("хрещатику", "хрещатик"),
            ("соборной", "соборная"),
            ("позняках", "позняки"),
        ] {
            let found: Vec<String> = dictionary().nominatives(word).collect();
            assert!(found.iter().any(|n| n == expect), "{word}: {found:?}");
        }
        assert_eq!(dictionary().nominatives("миру").count(), 0);
    }

    #[test]
    fn words_still_being_typed_are_found_by_their_beginning() {
        let found = dictionary().starting_with("апте", 4);
        assert!(
            found
                .iter()
                .any(|(_, m)| m.contains(&Meaning::Category("amenity=pharmacy"))),
            "{found:?}"
        );
    }
}
