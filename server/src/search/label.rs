//! The line shown to a person, and what of it was asked for.

use super::text::{Mark, QueryText, QueryToken};
use geodata::Layer;
use geodata::snapshot::{AreaNames, DocId, Snapshot};
use std::cell::{OnceCell, RefCell};
use std::sync::Arc;
use strsim::osa_distance;
use synonyms::{MAX_TOKENS, dictionary, is_number, runs, sound_key};

/// A rendered result line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    pub name: String,
    pub street: Option<String>,
    pub text: String,
    pub areas: Arc<AreaNames>,
}

/// What of a place a label is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum LabelPart<'a> {
    Place,
    /// A house number; empty for the bare street.
    House(&'a str),
    /// A door: its name, and the house number it belongs to, if any.
    Door(&'a str, &'a str),
    /// The other street of a crossing.
    Crossing(DocId),
}

/// Renders lines in the wanted languages.
pub(super) struct Labels<'a> {
    snapshot: &'a Snapshot,
    languages: &'a [String],
    /// Names of areas by list of areas: most results of a question lie in a few towns.
    around: RefCell<Vec<(u32, Arc<AreaNames>)>>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, languages: &'a [String]) -> Labels<'a> {
        Labels {
            snapshot,
            languages,
            around: RefCell::default(),
        }
    }

    /// Renders the line for a place or a part of it.
    pub(super) fn render(&self, doc: DocId, part: LabelPart<'_>) -> Label {
        let layer = self.snapshot.layer(doc);
        let own = self.name(doc);
        // What the line begins with, where that is not the name.
        let (whole, name, street) = match part {
            LabelPart::Place => (None, own, None),
            LabelPart::House(number) => (Some(joined(&own, number)), number.to_owned(), Some(own)),
            LabelPart::Door(door, number) => (
                Some(format!("{}, {door}", joined(&own, number))),
                door.to_owned(),
                (layer == Layer::Street).then_some(own),
            ),
            LabelPart::Crossing(other) => (None, format!("{own} / {}", self.name(other)), None),
        };
        let address = poi_address(self.snapshot, doc);
        let address = address.filter(|_| !layer.is_area() && layer != Layer::Street);
        let areas = self.names_around(doc);
        let settlement = areas.city.as_ref().filter(|_| !layer.is_settlement());
        // Namesakes among villages are told apart by their county and state.
        let around = match settlement {
            Some(_) => [settlement, None],
            None => [areas.county.as_ref(), areas.state.as_ref()],
        };
        let first = whole.as_ref().unwrap_or(&name);
        let text = line([Some(first), address.as_ref(), around[0], around[1]]);
        Label {
            name,
            street,
            text,
            areas,
        }
    }

    fn names_around(&self, doc: DocId) -> Arc<AreaNames> {
        let list = self.snapshot.place(doc).parents;
        let mut around = self.around.borrow_mut();
        let known = around.iter().find(|(known, _)| *known == list);
        if let Some((_, names)) = known {
            return Arc::clone(names);
        }
        let names = self.snapshot.names_around(doc, self.languages);
        around.push((list, Arc::clone(&names)));
        names
    }

    /// The name of a place; one without a name is called by what it is.
    pub(super) fn name(&self, doc: DocId) -> String {
        let name = self.snapshot.name_in(doc, self.languages);
        if !name.is_empty() {
            return name.to_owned();
        }
        let category = self.snapshot.text(self.snapshot.place(doc).category);
        let called = dictionary()
            .category_name(category, self.languages)
            .unwrap_or(category);
        let mut letters = called.chars();
        letters.next().map_or(String::new(), |first| {
            first.to_uppercase().chain(letters).collect()
        })
    }
}

/// A line of the parts that there are, each once.
fn line(parts: [Option<&String>; 4]) -> String {
    let bytes = parts.iter().flatten().map(|part| part.len() + 2).sum();
    let mut line = String::with_capacity(bytes);
    for (n, part) in parts.iter().enumerate() {
        let Some(text) = part.filter(|text| !text.is_empty() && !parts[..n].contains(part)) else {
            continue;
        };
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(text);
    }
    line
}

fn joined(street: &str, number: &str) -> String {
    if number.is_empty() {
        street.to_owned()
    } else {
        format!("{street} {number}")
    }
}

fn poi_address(snapshot: &Snapshot, doc: DocId) -> Option<String> {
    let street = snapshot.attribute(doc, "addr:street")?;
    Some(joined(
        street,
        snapshot
            .attribute(doc, "addr:housenumber")
            .unwrap_or_default(),
    ))
}

/// Ranges of characters of a label that the query asked for, sorted and apart.
pub(super) fn highlight(label: &str, text: &QueryText) -> Vec<(usize, usize)> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for run in runs(label).take(MAX_TOKENS) {
        let Some(mark) = text.mark_of(run.text, || mark(&run.fold(), text)) else {
            continue;
        };
        let end = match mark {
            Mark::Whole => run.end,
            Mark::Begun(letters) => (run.start + letters).min(run.end),
        };
        match ranges.last_mut() {
            Some(last) if last.1 == run.start => last.1 = end,
            _ => ranges.push((run.start, end)),
        }
    }
    ranges
}

/// How much of a folded word of a label the query asks for.
fn mark(word: &str, text: &QueryText) -> Option<Mark> {
    let sound = OnceCell::new();
    let asked = |asked: &QueryToken| asked_by((word, &sound), asked);
    let tokens = text.tokens.iter().filter(|_| !word.is_empty());
    tokens.filter_map(asked).max()
}

/// How much of a word one word of the query asks for; the word's sound is made out once, however many are compared.
fn asked_by((word, sound): (&str, &OnceCell<String>), asked: &QueryToken) -> Option<Mark> {
    let growing = asked.prefix;
    let begun = Some(Mark::Begun(asked.token.len()));
    if asked.token.fold == word {
        return Some(Mark::Whole);
    }
    if asked.token.is_number() || is_number(word) || asked.token.len() < 2 {
        return None;
    }
    if growing && word.starts_with(&asked.token.fold) {
        return begun;
    }
    let (a, b) = (asked.sound(), sound.get_or_init(|| sound_key(word)));
    if a == b {
        return Some(Mark::Whole);
    }
    if growing && !a.is_empty() && b.starts_with(a) {
        return begun;
    }
    let allowed = match a.len() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    // Each letter more or less is a slip: most words differ too much in those they have, or in length alone.
    let longer = || a.chars().count().abs_diff(b.chars().count());
    let near = allowed > 0 && may_be_slips(a, b, allowed) && longer() <= allowed;
    (near && osa_distance(a, b) <= allowed).then_some(Mark::Whole)
}

/// Whether two sounds may be so many slips apart: a letter that only one of them has takes one.
fn may_be_slips(a: &str, b: &str, allowed: usize) -> bool {
    let letters = |sound: &str| {
        let bit = |c: u8| 1_u128.checked_shl(c.into()).unwrap_or_default();
        sound.bytes().fold(0, |all, c| all | bit(c))
    };
    let (a, b) = (letters(a), letters(b));
    let only = |those: u128| those.count_ones() as usize;
    only(a & !b) <= allowed && only(b & !a) <= allowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(label: &str, query: &str, expect: &[&str]) {
        let chars: Vec<char> = label.chars().collect();
        let text = QueryText::read(query, true);
        let found: Vec<String> = highlight(label, &text)
            .iter()
            .map(|(a, b)| chars[*a..*b].iter().collect())
            .collect();
        assert_eq!(found, expect, "{label} by {query}");
    }

    proptest! {
        #[test]
        fn sounds_that_are_not_compared_are_too_many_slips_apart(
            a in "[abcdц]{0,7}",
            b in "[abcdц]{0,7}",
            allowed in 1_usize..3,
        ) {
            prop_assert!(may_be_slips(&a, &b, allowed) || osa_distance(&a, &b) > allowed);
        }
    }

    #[test]
    fn what_was_asked_for_is_marked() {
        check("вулиця Хрещатик 22, Київ", "хрещ", &["Хрещ"]);
        check(
            "вулиця Хрещатик 22, Київ",
            "хрещатик 22",
            &["Хрещатик", "22"],
        );
        check("вулиця Хрещатик 22, Київ", "khreshchatyk", &["Хрещатик"]);
        check("вулиця Хрещатик 22, Київ", "хрщатик", &["Хрещатик"]);
        check(
            "вулиця Хрещатик 12А, Київ",
            "хрещатик 12а",
            &["Хрещатик", "12А"],
        );
    }
}
