//! What one place is found by, as Tantivy takes it: nothing is copied that the index reads.

use std::iter;
use std::ops::Range;
use std::slice;
use tantivy::schema::Field;
use tantivy::schema::document::{Document, ReferenceValue, ReferenceValueLeaf, Value};

/// The terms of a place.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// Those that are texts, one behind the other.
    texts: String,
    terms: Vec<(Field, Kept)>,
}

/// Where a term is.
#[derive(Debug)]
enum Kept {
    Text(Range<usize>),
    Number(u64),
}

impl Terms {
    pub(super) fn add_text(&mut self, field: Field, text: &str) {
        let begin = self.texts.len();
        self.texts.push_str(text);
        let kept = Kept::Text(begin..self.texts.len());
        self.terms.push((field, kept));
    }

    pub(super) fn add_number(&mut self, field: Field, number: u64) {
        self.terms.push((field, Kept::Number(number)));
    }
}

/// A term.
#[derive(Debug, Clone, Copy)]
pub(super) enum Term<'a> {
    Text(&'a str),
    Number(u64),
}

impl<'a> Value<'a> for Term<'a> {
    type ArrayIter = iter::Empty<Term<'a>>;
    type ObjectIter = iter::Empty<(&'a str, Term<'a>)>;

    fn as_value(&self) -> ReferenceValue<'a, Term<'a>> {
        ReferenceValue::Leaf(match self {
            Term::Text(text) => ReferenceValueLeaf::Str(text),
            Term::Number(number) => ReferenceValueLeaf::U64(*number),
        })
    }
}

/// The fields of a place and its terms.
pub(super) struct FieldTerms<'a> {
    texts: &'a str,
    rest: slice::Iter<'a, (Field, Kept)>,
}

impl<'a> Iterator for FieldTerms<'a> {
    type Item = (Field, Term<'a>);

    fn next(&mut self) -> Option<(Field, Term<'a>)> {
        let (field, kept) = self.rest.next()?;
        let term = match kept {
            Kept::Text(range) => {
                let text = self.texts.get(range.clone());
                Term::Text(text.expect("terms begin and end where texts do"))
            }
            Kept::Number(number) => Term::Number(*number),
        };
        Some((*field, term))
    }
}

impl Document for Terms {
    type Value<'a> = Term<'a>;
    type FieldsValuesIter<'a> = FieldTerms<'a>;

    fn iter_fields_and_values(&self) -> FieldTerms<'_> {
        FieldTerms {
            texts: &self.texts,
            rest: self.terms.iter(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_handed_out_under_its_field() {
        let [word, cell] = [1, 2].map(Field::from_field_id);
        let mut terms = Terms::default();
        terms.add_text(word, "лісова");
        terms.add_number(cell, 7);
        terms.add_text(word, "l");
        let told = terms.iter_fields_and_values();
        let told: Vec<_> = told.map(|(f, t)| (f, t.as_str(), t.as_u64())).collect();
        let expected = [
            (word, Some("лісова"), None),
            (cell, None, Some(7)),
            (word, Some("l"), None),
        ];
        assert_eq!(told, expected);
    }
}
