//! How address text is folded, split, expanded and read.
//!
//! The same functions run when an index is built and when a query is answered: a word that is folded in two ways is a
//! word that is never found. Everything here is pure; the dictionaries are the data files under `data/<lang>/`.

mod dictionary;
mod distance;
mod fold;
mod layout;
mod script;
mod slips;
mod sound;
mod tokenize;

pub use dictionary::{Dictionary, Meaning, Naming, StatusKind, UnitKind, dictionary};
pub use distance::Distance;
pub use fold::{fold, is_apostrophe};
pub use layout::retype;
pub use script::{Script, unify_script};
pub use slips::Slips;
pub use sound::{other_endings, sound_key, sound_spelled, sound_variants, unsettled_beginnings};
pub use tokenize::{Gap, MAX_TOKENS, Run, Token, is_number, runs, tokenize};
