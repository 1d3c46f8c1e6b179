//! The weights of the ranking rules, read from TOML; unknown keys are refused.

use serde::Deserialize;
use std::sync::LazyLock;

/// How much each rule counts. The text of a perfect match counts 1 times `text`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankWeights {
    pub text: f32,
    /// Share of the text score for the name being covered by the query; the rest is for the query being covered.
    pub name_share: f32,
    /// Factor on words of a street's name before its last: given names.
    pub before_head: f32,
    /// A status word, preposition or "station" that is a word of the name itself.
    pub optional_match: f32,
    /// A name of several words that was typed wholly.
    pub whole_name: f32,
    /// The text's part for a street that only shares its status word with the query.
    pub status_alone: f32,
    pub status_match: f32,
    pub status_mismatch: f32,
    pub other_kind: f32,
    /// Against anything but a station where a station is asked for.
    pub facility_mismatch: f32,
    pub distance: f32,
    /// Distance at which nearness begins to fade, in metres.
    pub distance_scale_m: f32,
    /// Factor on distance when the query names a settlement.
    pub distance_with_area: f32,
    /// The least nearness of cities and larger areas, whose name means them wherever one stands.
    pub nearness_of_city: f32,
    pub nearness_of_village: f32,
    /// The share of a village's that is left while hardly anything of its name is typed.
    pub nearness_of_begun: f32,
    /// Factor on distance when a category is asked for.
    pub distance_of_category: f32,
    /// The same while its term is still being typed.
    pub distance_of_begun_category: f32,
    /// Factor on importance and popularity when a category or a chain is asked for: the nearest comes first.
    pub importance_in_category: f32,
    pub area: f32,
    /// A place in the settlement where the focus is.
    pub home: f32,
    pub importance: f32,
    pub popularity: f32,
    pub house_exact: f32,
    pub house_entrance: f32,
    pub house_suffix_missing: f32,
    pub house_interpolated: f32,
    pub house_street_only: f32,
    pub house_impossible: f32,
    /// Against taking a number for a house's that the name of the street has itself.
    pub house_number_of_name: f32,
    /// Against taking the first of two numbers around the words of a name for the house's.
    pub house_numbers_swapped: f32,
    /// A city whose whole name was typed; less for smaller settlements.
    pub whole_settlement: f32,
    pub layer_street: f32,
    pub layer_settlement: f32,
    pub layer_station: f32,
    pub layer_stop: f32,
    /// Results whose text fits worse than this are no answer.
    pub least_text: f32,
}

impl RankWeights {
    /// Reads weights; every one must be there.
    ///
    /// # Errors
    /// When the text is no TOML, a weight is missing or unknown, or not a number.
    pub fn from_toml(text: &str) -> Result<RankWeights, toml::de::Error> {
        toml::from_str(text)
    }
}

impl Default for RankWeights {
    /// The weights compiled into the program.
    fn default() -> RankWeights {
        static BUILT_IN: LazyLock<RankWeights> = LazyLock::new(|| {
            RankWeights::from_toml(include_str!("weights.toml")).expect("weights.toml is tested")
        });
        BUILT_IN.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_weights_are_complete_and_unknown_keys_refused() {
        assert!(RankWeights::default().text > 0.0);
        let with_extra = format!("{}\nfoo = 1.0\n", include_str!("weights.toml"));
        assert!(RankWeights::from_toml(&with_extra).is_err());
    }
}
