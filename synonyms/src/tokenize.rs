//! Splitting: text → tokens, each with its place in the text.
//!
//! A token is a run of letters or a run of digits: `12а` is two tokens with no gap between them, `пр-т` two tokens with
//! a hyphen between. Names in the index and queries are split alike, so nothing is lost by splitting eagerly, and the
//! gap tells the reader of house numbers what stood between. Positions count characters, not bytes: they end up as
//! highlight ranges in labels.

use crate::fold::{fold, is_apostrophe, is_known_letter};
use crate::script::unify_script;

/// The most tokens that are read from one text; what follows is ignored.
pub const MAX_TOKENS: usize = 24;

/// What separates a token from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Nothing: `12а`.
    None,
    Space,
    Dot,
    Comma,
    Hyphen,
    Slash,
    /// Any other punctuation; also the start of the text.
    Other,
}

/// A run of letters or digits in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Folded text, in one script.
    pub fold: String,
    /// First character of the token in the text.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// What stands before it.
    pub gap: Gap,
}

impl Token {
    /// Whether the token is a run of digits.
    pub fn is_number(&self) -> bool {
        is_number(&self.fold)
    }

    /// Whether the token, behind a number, makes an ordinal of it: the «та» of «4-та», the `nd` of `2nd`.
    pub fn is_ordinal_ending(&self) -> bool {
        match self.gap {
            Gap::Hyphen => matches!(self.len(), 2 | 3) && !self.is_number(),
            Gap::None => matches!(&*self.fold, "st" | "nd" | "rd" | "th"),
            _ => false,
        }
    }

    /// Whether the token is a single letter.
    pub fn is_letter(&self) -> bool {
        self.len() == 1 && !self.is_number()
    }

    /// Length in characters of the folded text.
    pub fn len(&self) -> usize {
        self.fold.chars().count()
    }

    /// Never: an empty run is no token.
    pub fn is_empty(&self) -> bool {
        self.fold.is_empty()
    }
}

/// Whether a folded token is a run of digits.
pub fn is_number(fold: &str) -> bool {
    fold.starts_with(|c: char| c.is_ascii_digit())
}

/// A run of letters or digits as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    pub text: &'a str,
    /// First character of the run in the text.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// What stands before it.
    pub gap: Gap,
}

impl Run<'_> {
    /// Its folded text, in one script; empty when nothing of it is left.
    pub fn fold(&self) -> String {
        let mut word = unify_script(fold(self.text));
        // Compatibility forms such as `½` may fold to several runs: keep the letters.
        word.retain(|c| is_known_letter(c) || c.is_alphanumeric());
        word
    }
}

/// Splits text into at most [`MAX_TOKENS`] tokens: «вул. Б.Хмельницького, 12-а» → вул · б · хмельницького · 12 · а.
pub fn tokenize(text: &str) -> Vec<Token> {
    let token = |run: Run<'_>| Token {
        fold: run.fold(),
        start: run.start,
        end: run.end,
        gap: run.gap,
    };
    let tokens = runs(text).map(token).filter(|t| !t.fold.is_empty());
    tokens.take(MAX_TOKENS).collect()
}

/// The runs of a text, in order.
pub fn runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    let mut rest = text;
    let (mut at, mut gap, mut first) = (0, Gap::Other, true);
    std::iter::from_fn(move || {
        loop {
            let (letters, bytes) = run_length(rest);
            if letters == 0 {
                let mut chars = rest.chars();
                gap = widen(gap, chars.next()?, first);
                (rest, at) = (chars.as_str(), at + 1);
                continue;
            }
            let (text, behind) = rest.split_at(bytes);
            let run = Run {
                text,
                start: at,
                end: at + letters,
                gap,
            };
            (rest, at, gap, first) = (behind, run.end, Gap::None, false);
            return Some(run);
        }
    })
}

/// Length in characters and in bytes of the run of letters or of digits that a text begins with; 0 when it begins with
/// neither.
fn run_length(text: &str) -> (usize, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 || !text.starts_with(is_letter) {
        return (digits, digits);
    }
    let (mut letters, mut bytes) = (0, 0);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek();
        // Phones write * and " for an apostrophe; between two letters they can be nothing else.
        let inside = |c| is_apostrophe(c) || matches!(c, '*' | '"');
        let joins = || inside(c) && next.is_some_and(|next| is_letter(*next));
        if !(is_letter(c) || joins() || is_apostrophe(c) && next.is_none()) {
            break;
        }
        (letters, bytes) = (letters + 1, bytes + c.len_utf8());
    }
    (letters, bytes)
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    is_known_letter(c)
        || c.is_alphanumeric()
        || unicode_normalization::char::is_combining_mark(c)
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}')
}

/// The gap after one more separating character: punctuation outweighs spaces.
fn widen(gap: Gap, c: char, first: bool) -> Gap {
    if first {
        return Gap::Other;
    }
    let one = match c {
        '.' => Gap::Dot,
        ',' | ';' => Gap::Comma,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => Gap::Hyphen,
        '/' | '\\' => Gap::Slash,
        c if c.is_whitespace() => Gap::Space,
        _ => Gap::Other,
    };
    match (gap, one) {
        (Gap::None, one) => one,
        (Gap::Space, one) => one,
        (gap, Gap::Space) => gap,
        (Gap::Dot, one) => one,
        (gap, _) => gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(input: &str, expect: &[&str]) {
        let folds: Vec<String> = tokenize(input).into_iter().map(|t| t.fold).collect();
        assert_eq!(folds, expect, "{input}");
    }

    #[test]
    fn letters_and_digits_are_runs_of_their_own() {
        check(
            "вул. Б.Хмельницького, 12-а",
            &["вул", "б", "хмельницького", "12", "а"],
        );
        check("12к2", &["12", "к", "2"]);
        check("1-го Травня", &["1", "го", "травня"]);
        check("Str. Ștefan 5/1", &["str", "stefan", "5", "1"]);
        check("", &[]);
        check(" ,. ", &[]);
    }

    #[test]
    fn apostrophes_do_not_split_words() {
        check("Пам'яті", &["памяті"]);
        check("Пам*яті Вʼячеслава", &["памяті", "вячеслава"]);
        check("«Обʼєднання» \"Мир\"", &["обеднання", "мир"]);
    }

    #[test]
    fn gaps_tell_what_stood_between() {
        let gaps: Vec<Gap> = tokenize("12-а, 3/4 к2")
            .into_iter()
            .map(|t| t.gap)
            .collect();
        assert_eq!(
            gaps,
            [
                Gap::Other,
                Gap::Hyphen,
                Gap::Comma,
                Gap::Slash,
                Gap::Space,
                Gap::None
            ]
        );
    }

    #[test]
    fn positions_count_characters() {
        let tokens = tokenize("вул. Лисенка");
        assert_eq!((tokens[1].start, tokens[1].end), (5, 12));
    }

    proptest! {
        #[test]
        fn tokens_lie_in_the_text_in_order(text in "\\PC{0,60}") {
            let tokens = tokenize(&text);
            let length = text.chars().count();
            prop_assert!(tokens.len() <= MAX_TOKENS);
            prop_assert!(tokens.iter().all(|t| t.start < t.end && t.end <= length && !t.fold.is_empty()));
            prop_assert!(tokens.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }

    #[test]
    fn ordinals_end_in_letters_behind_their_number() {
        let ends = |text| tokenize(text).get(1).is_some_and(Token::is_ordinal_ending);
        assert!(["4-та", "1-го", "2nd", "5th"].into_iter().all(ends));
        assert!(
            !["12-а", "12а", "40-річчя", "4 та", "12-34", "12к2"]
                .into_iter()
                .any(ends)
        );
    }
}
