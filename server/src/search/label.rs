//! The line shown to a person, and what of it was asked for.

use super::text::{Mark, QueryText, QueryToken};
use geodata::Layer;
use geodata::snapshot::{DocId, Snapshot};
use std::cell::OnceCell;
use strsim::osa_distance;
use synonyms::{MAX_TOKENS, dictionary, is_number, runs, sound_key};

/// Names of the areas around a place, by what they are to its address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaNames {
    pub district: Option<String>,
    pub city: Option<String>,
    pub county: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub countrycode: Option<String>,
}

/// A rendered result line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    pub name: String,
    pub street: Option<String>,
    pub text: String,
    pub areas: AreaNames,
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

/// Names of areas in the wanted languages; of several of one kind the first, which is the smallest.
pub(super) fn area_names(snapshot: &Snapshot, around: &[DocId], languages: &[String]) -> AreaNames {
    let mut areas = AreaNames::default();
    for parent in around {
        let slot = match snapshot.layer(*parent) {
            Layer::District => &mut areas.district,
            Layer::City | Layer::Locality => &mut areas.city,
            Layer::County => &mut areas.county,
            Layer::State => &mut areas.state,
            Layer::Country => {
                areas.countrycode = snapshot
                    .attribute(*parent, "countrycode")
                    .map(str::to_owned)
                    .filter(|c| !c.is_empty());
                &mut areas.country
            }
            _ => continue,
        };
        if slot.is_none() {
            *slot = Some(snapshot.name_in(*parent, languages).to_owned());
        }
    }
    areas
}

/// Renders the line for a place or a part of it.
pub(super) fn render_label(
    snapshot: &Snapshot,
    doc: DocId,
    part: LabelPart<'_>,
    languages: &[String],
) -> Label {
    let areas = area_names(snapshot, snapshot.parents(doc), languages);
    let layer = snapshot.layer(doc);
    let own = place_name(snapshot, doc, languages);
    let address = poi_address(snapshot, doc).filter(|_| !layer.is_area() && layer != Layer::Street);
    let mut parts: Vec<String> = Vec::new();
    let (mut name, mut street) = (own.clone(), None);
    match part {
        LabelPart::Place => parts.push(own),
        LabelPart::House(number) => {
            parts.push(joined(&own, number));
            street = Some(own);
            number.clone_into(&mut name);
        }
        LabelPart::Door(door, number) => {
            parts.push(format!("{}, {door}", joined(&own, number)));
            street = (layer == Layer::Street).then_some(own);
            door.clone_into(&mut name);
        }
        LabelPart::Crossing(other) => {
            name = format!("{own} / {}", place_name(snapshot, other, languages));
            parts.push(name.clone());
        }
    }
    parts.extend(address);
    let settlement = areas.city.clone().filter(|_| !layer.is_settlement());
    match (settlement, layer) {
        (Some(city), _) => parts.push(city),
        // Namesakes among villages are told apart by their county and state.
        (None, _) => parts.extend(
            [areas.county.clone(), areas.state.clone()]
                .into_iter()
                .flatten(),
        ),
    }
    let mut once: Vec<String> = Vec::new();
    for part in parts.into_iter().filter(|p| !p.is_empty()) {
        if !once.contains(&part) {
            once.push(part);
        }
    }
    Label {
        name,
        street,
        text: once.join(", "),
        areas,
    }
}

fn joined(street: &str, number: &str) -> String {
    if number.is_empty() {
        street.to_owned()
    } else {
        format!("{street} {number}")
    }
}

/// The name of a place; one without a name is called by what it is.
pub(super) fn place_name(snapshot: &Snapshot, doc: DocId, languages: &[String]) -> String {
    let name = snapshot.name_in(doc, languages);
    if !name.is_empty() {
        return name.to_owned();
    }
    let category = snapshot.text(snapshot.place(doc).category);
    let called = dictionary()
        .category_name(category, languages)
        .unwrap_or(category);
    let mut letters = called.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
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
    // Each letter more or less is a slip: most words differ too much in length alone.
    let longer = a.chars().count().abs_diff(b.chars().count());
    let near = allowed > 0 && longer <= allowed;
    (near && osa_distance(a, b) <= allowed).then_some(Mark::Whole)
}

#[cfg(test)]
mod tests {
    use super::*;

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
