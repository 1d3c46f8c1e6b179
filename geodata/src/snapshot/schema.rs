//! The Tantivy fields. The index holds no texts and no positions: it answers "which places have these words, lie in
//! these cells and belong to these areas", in order of importance; everything else is in the tables.

use crate::coord::LonLat;
use crate::place::Layer;
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};

/// Beginnings of words are indexed up to this many characters of their sound key.
pub const MAX_PREFIX_CHARS: usize = 6;

/// Layers whose words are also indexed apart, so that a settlement named in a query is found at once.
pub const AREA_KEY_LAYERS: [Layer; 7] = [
    Layer::Country,
    Layer::State,
    Layer::County,
    Layer::City,
    Layer::Locality,
    Layer::District,
    Layer::Postcode,
];

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// Sound keys of all words of all names.
    pub key: Field,
    /// Beginnings of the sound keys of all words but status words.
    pub prefix: Field,
    /// Sound keys of the names of areas ([`AREA_KEY_LAYERS`]).
    pub area_key: Field,
    /// Map cells at the zoom levels of [`Cells`].
    pub cell: Field,
    /// Numbers of the places it lies in.
    pub parent: Field,
    /// [`layer_term`].
    pub layer: Field,
    /// OSM categories.
    pub category: Field,
}

/// The schema and its fields.
pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let word = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic),
    );
    let number = NumericOptions::default().set_indexed();
    let fields = Fields {
        key: builder.add_text_field("key", word.clone()),
        prefix: builder.add_text_field("prefix", word.clone()),
        area_key: builder.add_text_field("area_key", word.clone()),
        cell: builder.add_u64_field("cell", number.clone()),
        parent: builder.add_u64_field("parent", number.clone()),
        layer: builder.add_u64_field("layer", number),
        category: builder.add_text_field("category", word),
    };
    (builder.build(), fields)
}

/// The term of a layer.
pub(super) fn layer_term(layer: Layer) -> u64 {
    layer as u64
}

/// Square map cells (Web Mercator tiles) by which places near a point are found.
pub struct Cells;

impl Cells {
    /// Zoom levels that are indexed, from small cells to large: about 0.8, 3, 13, 50 and 200 km wide at latitude 50.
    pub const ZOOMS: [u32; 5] = [15, 13, 11, 9, 7];
    /// The level of [`Cells::ZOOMS`] whose cells are about a village wide.
    pub const VILLAGE: usize = 1;

    /// The cells of a point at all zoom levels that are indexed.
    pub fn of_all(point: LonLat) -> [u64; Cells::ZOOMS.len()] {
        let finest = Cells::ZOOMS[0];
        let (x, y) = Cells::tile(point, finest);
        // A cell is a quarter of that of the zoom level below it.
        Cells::ZOOMS.map(|zoom| Cells::term(zoom, x >> (finest - zoom), y >> (finest - zoom)))
    }

    /// The cell of a point at a zoom level.
    pub fn of(point: LonLat, zoom: u32) -> u64 {
        let (x, y) = Cells::tile(point, zoom);
        Cells::term(zoom, x, y)
    }

    /// The cell of a point and the eight around it.
    pub fn around(point: LonLat, zoom: u32) -> Vec<u64> {
        let (x, y) = Cells::tile(point, zoom);
        let last = (1_i64 << zoom) - 1;
        let rows = (y - 1).max(0)..=(y + 1).min(last);
        rows.flat_map(|y| {
            (x - 1..=x + 1).map(move |x| Cells::term(zoom, x.rem_euclid(last + 1), y))
        })
        .collect()
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a tile number is below 2^zoom"
    )]
    fn tile(point: LonLat, zoom: u32) -> (i64, i64) {
        let n = f64::from(1_u32 << zoom);
        let lat = point.lat().clamp(-85.05, 85.05).to_radians();
        let x = ((point.lon() + 180.0) / 360.0 * n).clamp(0.0, n - 1.0);
        let y = ((1.0 - (lat.tan() + 1.0 / lat.cos()).ln() / std::f64::consts::PI) / 2.0 * n)
            .clamp(0.0, n - 1.0);
        (x as i64, y as i64)
    }

    fn term(zoom: u32, x: i64, y: i64) -> u64 {
        u64::from(zoom) << 56 | x.unsigned_abs() << 28 | y.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_cells_of_a_point_are_those_of_each_zoom(lon in -180.0..180.0, lat in -90.0..90.0) {
            let point = LonLat::clamped(lon, lat);
            prop_assert_eq!(Cells::of_all(point), Cells::ZOOMS.map(|zoom| Cells::of(point, zoom)));
        }
    }

    #[test]
    fn neighbours_are_around_and_the_world_wraps() {
        let a = LonLat::clamped(30.5, 50.45);
        let b = LonLat::clamped(30.52, 50.46);
        assert!(Cells::around(a, 13).contains(&Cells::of(b, 13)));
        let east = LonLat::clamped(179.999, 10.0);
        let west = LonLat::clamped(-179.999, 10.0);
        assert!(Cells::around(east, 13).contains(&Cells::of(west, 13)));
        assert_eq!(Cells::around(LonLat::clamped(0.0, 90.0), 7).len(), 6);
    }
}
