//! The words of the vocabulary that are meant by a token with slips of the pen.
//!
//! Sounds decide which words come into question at all: those that the snapshot has within a slip or two. They are judged
//! on the spelling itself, or on the sound where it is another script's.

use super::text::QueryToken;
use geodata::snapshot::{FormId, KeyId, NearForms, SlipsWithin, Snapshot};
use synonyms::{Script, Slips};

/// The most sound keys that one token is expanded to.
const MAX_KEYS: usize = 48;
/// The worst quality of a word that may be meant.
const LEAST_QUALITY: f32 = 0.45;
/// What a word with slips is less likely than one without.
const ANY_SLIP: f32 = 0.04;
/// How much quality one slip in a word costs.
const SLIP: f32 = 1.25;
/// Shorter words are judged as if they had so many letters.
const MIN_LETTERS: usize = 4;
/// A sound says less than a spelling: what a slip across scripts costs more.
const OTHER_SCRIPT_SLIP: f32 = 0.3;
/// What a growing word loses by going on.
const GOES_ON: f32 = 0.04;

/// How much likelier a word is whose key e times as many names have.
const FREQUENT: f32 = 0.02;

/// A spelling that may be meant.
struct TypoForm {
    /// How likely, 0 to 1.
    quality: f32,
    /// How many names have its key.
    frequency: u32,
    key: KeyId,
    form: FormId,
}

impl TypoForm {
    /// How likely it is that this was meant: how likely the slips are times how often the word is written, as logarithms
    /// (the noisy channel of Kernighan, Church and Gale, 1990).
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rough count is enough for its logarithm"
    )]
    fn likelihood(&self) -> f32 {
        self.quality + FREQUENT * (1.0 + self.frequency as f32).ln()
    }
}

/// The spellings around some sounds of a token, of the [`MAX_KEYS`] likeliest keys.
pub(super) fn likeliest_forms(
    sounds: &[String],
    token: &QueryToken,
    snapshot: &Snapshot,
) -> NearForms {
    let mut found = spellings_with_slips(sounds, token, snapshot);
    found.sort_unstable_by(|a, b| {
        let likely = b.likelihood().total_cmp(&a.likelihood());
        likely.then(a.form.cmp(&b.form))
    });
    let mut near = NearForms::default();
    for TypoForm {
        quality, key, form, ..
    } in found
    {
        if !near.keys.contains(&key) {
            if near.keys.len() == MAX_KEYS {
                continue;
            }
            near.keys.push(key);
        }
        near.forms.push((form, quality));
    }
    near.forms.sort_by_key(|(form, _)| *form);
    near.forms.dedup_by_key(|(form, _)| *form);
    near
}

/// Spellings around some sounds of a token, in no order; one that is near several sounds comes several times.
fn spellings_with_slips(
    sounds: &[String],
    token: &QueryToken,
    snapshot: &Snapshot,
) -> Vec<TypoForm> {
    let mut found = Vec::new();
    let mut typed = Judge::of(token, &token.token.fold);
    for sound in sounds {
        let Some(slips) = slips_for(sound.len()) else {
            continue;
        };
        let mut heard = Judge::of(token, sound);
        for key in snapshot.keys_within(sound, slips, token.prefix) {
            typed.add(&mut heard, key, (snapshot, &mut found));
        }
    }
    found
}

/// How many slips are forgiven in a sound key of some length.
fn slips_for(length: usize) -> Option<SlipsWithin> {
    match length {
        0..=2 => None,
        3..=5 => Some(SlipsWithin::One),
        _ => Some(SlipsWithin::Two),
    }
}

/// Judges words against a token, by spelling or by sound: by what the slips cost and how many letters there are to go
/// by; of a word that goes on behind a growing token only the beginning counts.
struct Judge<'a> {
    token: &'a QueryToken,
    script: Script,
    letters: usize,
    slips: Slips,
}

impl<'a> Judge<'a> {
    fn of(token: &'a QueryToken, text: &str) -> Judge<'a> {
        Judge {
            token,
            script: Script::of_word(text),
            letters: text.chars().count(),
            slips: Slips::of(text),
        }
    }

    /// Adds those spellings of a key that may be meant; `heard` judges those of another script.
    fn add(
        &mut self,
        heard: &mut Judge<'_>,
        key: KeyId,
        (snapshot, found): (&Snapshot, &mut Vec<TypoForm>),
    ) {
        let words = snapshot.words();
        let mut by_sound = None;
        for form in words.forms_of(key).map(FormId::nth) {
            let word = words.text(form, snapshot.texts());
            let quality = if self.script == Script::of_word(word) {
                self.quality(word, 0.0)
            } else {
                let sound = || heard.quality(snapshot.text(words.heard(key)), OTHER_SCRIPT_SLIP);
                *by_sound.get_or_insert_with(sound)
            };
            let Some(quality) = quality else {
                continue;
            };
            let goes_on =
                self.token.prefix && usize::from(words.form(form).letters) > self.letters + 1;
            found.push(TypoForm {
                quality: if goes_on { quality - GOES_ON } else { quality },
                frequency: words.frequency(key),
                key,
                form,
            });
        }
    }

    /// How likely a word is meant, when its slips cost so much more; `None` when it is not.
    fn quality(&mut self, word: &str, more: f32) -> Option<f32> {
        #[expect(clippy::cast_precision_loss, reason = "lengths of words are small")]
        let length = self.letters.max(MIN_LETTERS) as f32;
        let most = (1.0 - ANY_SLIP - LEAST_QUALITY) * length / SLIP - more;
        // A little more than allowed is counted exactly: rounding shall not decide.
        let cost = self.slips.cost(word, self.token.prefix, most + 0.01) + more;
        let quality = 1.0 - SLIP * cost / length - ANY_SLIP;
        (quality >= LEAST_QUALITY).then_some(quality)
    }
}
