//! Folding: what two spellings of the same word have in common.
//!
//! In: any text. Out: lower case, compatibility forms resolved, apostrophes gone, diacritics of Latin letters gone,
//! ґ/є/ї/ё reduced to г/е/і/е. Spaces and punctuation stay: splitting is `tokenize`'s step. Folding twice equals
//! folding once. What a person sees is never folded text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Whether a character is one of the signs that people type for an apostrophe inside a word.
pub fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '\u{2bc}'
            | '\u{2019}'
            | '\u{2018}'
            | '\u{201b}'
            | '`'
            | '\u{b4}'
            | '\u{2032}'
            | '\u{2bb}'
            | '\u{2b9}'
            | '\u{ff07}'
    )
}

/// Folds text for comparison: «Ґалаґанівська», `Ștefan` and `ЗʼЇЗД` become `галаганівська`, `stefan` and `зізд`.
pub fn fold(text: &str) -> String {
    let known: Option<String> = text.chars().map(fold_known).collect();
    known.unwrap_or_else(|| fold_any(text))
}

fn fold_any(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut base = ' ';
    // Compatibility forms of some apostrophes are spaces with marks: they go first.
    let without = text.chars().filter(|c| !is_apostrophe(*c));
    for c in without.nfkd().flat_map(char::to_lowercase).nfkd() {
        if is_combining_mark(c) {
            // й is a letter of its own, not и with an ornament; ў likewise.
            if c == '\u{306}' && matches!(base, 'и' | 'у') && out.ends_with(base) {
                out.pop();
                out.push(if base == 'и' { 'й' } else { 'ў' });
            }
            continue;
        }
        base = c;
        push_folded(&mut out, c);
    }
    out
}

/// What becomes of a character of everyday texts wherever it stands; `None` for all that needs a closer look.
fn fold_known(c: char) -> Option<char> {
    match c {
        'a'..='z' | '0'..='9' | 'а'..='я' | 'і' | 'ў' => Some(c),
        'A'..='Z' => Some(c.to_ascii_lowercase()),
        'А'..='Я' => char::from_u32(u32::from(c) + (u32::from('а') - u32::from('А'))),
        'І' => Some('і'),
        'ї' | 'Ї' => Some('і'),
        'є' | 'Є' | 'ё' | 'Ё' => Some('е'),
        'ґ' | 'Ґ' => Some('г'),
        ' '..='~' if !is_apostrophe(c) => Some(c),
        _ => None,
    }
}

/// Whether a character is a letter of everyday texts: most are, and then no table of all scripts is asked.
pub(crate) fn is_known_letter(c: char) -> bool {
    fold_known(c).is_some() && (c.is_ascii_alphabetic() || !c.is_ascii())
}

fn push_folded(out: &mut String, c: char) {
    match c {
        'ґ' => out.push('г'),
        'є' | 'ё' => out.push('е'),
        'ї' => out.push('і'),
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'ø' => out.push('o'),
        'ł' => out.push('l'),
        'đ' | 'ð' => out.push('d'),
        'þ' => out.push_str("th"),
        'ı' => out.push('i'),
        c if is_apostrophe(c) || is_invisible(c) => {}
        c => out.push(c),
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(input: &str, expect: &str) {
        assert_eq!(fold(input), expect, "{input}");
    }

    #[test]
    fn letters_reduce_to_what_spellings_share() {
        check("Ґалаґанівська", "галаганівська");
        check("Їжакевича", "іжакевича");
        check("Щорса", "щорса");
        check("Ёлочная", "елочная");
        check("Ștefan cel Mare și Sfânt", "stefan cel mare si sfant");
        check("Łódź", "lodz");
        check("Straße", "strasse");
    }

    #[test]
    fn short_i_stays_a_letter_composed_or_not() {
        check("Київський", "киівський");
        check("Бульварнии\u{306}", "бульварний");
    }

    #[test]
    fn every_apostrophe_and_none_are_the_same() {
        for sign in ["'", "ʼ", "’", "‘", "`", "´", "′", ""] {
            check(&format!("Пам{sign}яті"), "памяті");
        }
    }

    #[test]
    fn known_characters_fold_as_any_others() {
        let known = ('\0'..='\u{4ff}').filter_map(|c| Some((c, fold_known(c)?)));
        let (mut letters, mut others) = (0, 0);
        for (c, folded) in known {
            assert_eq!(fold_any(&c.to_string()), folded.to_string(), "{c}");
            let count = if is_known_letter(c) {
                &mut letters
            } else {
                &mut others
            };
            *count += 1;
        }
        // Of the 95 characters of ASCII two are apostrophes.
        assert_eq!((letters, others), (26 * 2 + 32 * 2 + 11, 95 - 2 - 26 * 2));
    }

    #[test]
    fn marks_nobody_sees_vanish() {
        check("Хре\u{200b}щатик\u{200e}", "хрещатик");
    }

    proptest! {
        #[test]
        fn folding_twice_equals_folding_once(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
