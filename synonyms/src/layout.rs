//! Text typed on the wrong keyboard layout: `[htofnbr` → `хрещатик`.
//!
//! The Ukrainian and the Russian layout differ in four keys (`s ] ' \`), so a text has two readings as Cyrillic; one
//! typed on a Cyrillic layout by mistake has one reading as Latin per layout. Whether a reading is worth anything is
//! for the vocabulary to say.

const QWERTY: &str = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.\\";
const UKRAINIAN: &str = "'йцукенгшщзхїфівапролджєячсмитьбюґ";
const RUSSIAN: &str = "ёйцукенгшщзхъфывапролджэячсмитьбю\\";

/// The letter keys of each layout, row by row.
pub(crate) const ROWS: [[&str; 3]; 3] = [
    ["qwertyuiop", "asdfghjkl", "zxcvbnm"],
    ["йцукенгшщзхї", "фівапролджє", "ячсмитьбю"],
    ["йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"],
];

/// Readings of a text under other layouts, without the text itself: Latin keys as Ukrainian and as Russian, or
/// Cyrillic letters as QWERTY. A reading in which a letter becomes a mark that nobody writes there is none: «тиха» is
/// no «nb[f».
pub fn retype(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let latin = lower.chars().filter(char::is_ascii_alphabetic).count();
    let cyrillic = lower
        .chars()
        .filter(|c| ('\u{400}'..='\u{52f}').contains(c))
        .count();
    let mut readings = Vec::new();
    let mut add = |from: &str, to: &str| {
        let reading = swap(&lower, from, to);
        let written = !has_stray_mark(&lower, &reading);
        if reading != lower && written && !readings.contains(&reading) {
            readings.push(reading);
        }
    };
    if latin > cyrillic {
        add(QWERTY, UKRAINIAN);
        add(QWERTY, RUSSIAN);
    } else if cyrillic > latin {
        add(UKRAINIAN, QWERTY);
        add(RUSSIAN, QWERTY);
    }
    readings
}

fn swap(text: &str, from: &str, to: &str) -> String {
    let one = |c: char| {
        from.chars()
            .position(|k| k == c)
            .and_then(|n| to.chars().nth(n))
            .unwrap_or(c)
    };
    text.chars().map(one).collect()
}

/// Whether a letter became a mark: a bracket or a slash anywhere, a comma, a full stop or a semicolon within a word. An
/// apostrophe may stand everywhere.
fn has_stray_mark(typed: &str, reading: &str) -> bool {
    let mut pairs = typed.chars().zip(reading.chars()).peekable();
    while let Some((typed, read)) = pairs.next() {
        let within = pairs.peek().is_some_and(|(_, next)| next.is_alphabetic());
        let stray = match read {
            '[' | ']' | '\\' => true,
            ',' | '.' | ';' => within,
            _ => false,
        };
        if typed.is_alphabetic() && stray {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_keys_read_as_both_cyrillic_layouts() {
        assert_eq!(retype("[htofnbr")[0], "хрещатик");
        assert_eq!(retype("ks;s"), ["ліжі", "лыжы"]);
        assert_eq!(retype("Irskmyf"), ["шкільна", "шкыльна"]);
    }

    #[test]
    fn cyrillic_keys_read_as_qwerty() {
        assert_eq!(retype("фтвнш"), ["andyi"]);
    }

    #[test]
    fn a_letter_is_no_bracket_and_no_mark_within_a_word() {
        assert!(retype("тиха").is_empty());
        assert!(retype("жнма").is_empty());
        assert_eq!(retype("дмшмб дщтвщт"), ["lviv, london"]);
        assert_eq!(retype("щєикшут")[0], "o'brien");
    }

    #[test]
    fn digits_alone_have_no_other_reading() {
        assert!(retype("12").is_empty());
    }
}
