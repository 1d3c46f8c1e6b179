//! What users of today's geocoders complain of, each complaint a case: a town drawn as text, and what is typed there.

use std::sync::LazyLock;
use tests::TestApp;

/// Two towns 30 km apart in one file: the streets of the first, and a namesake of one of them in the second.
const GRID: &str = "\
a b c d e . . . v
. . 1 . . . . . .
f g h i j . . . w
. . 2 . . . . . .
k l m n o . . . x
. . 3 . . . . . .
p q r s t . . . y
. . . . . . . . .
A B C D E . . . Z
. . . . . . . . .
F G H I J . . . Y
. . . . . . . . .
K L M N O . . . X
. . . . . . . . .
P Q R S T U V W 4
. 5 6 . . . . . .
. 8 7 . . . . . .";

const OBJECTS: &str = "
n100 c place=city | name=Дубове | name:en=Dubove | population=90000
w1 f-g-h-i-j highway=residential | name=вулиця Богдана Хмельницького | old_name=вулиця Червоноармійська
w2 c-1-h-2-m-3-r highway=secondary | name=проспект Шевченка
w3 k-l-m highway=residential | name=провулок Шевченка
w4 p-q-r highway=residential | name=вулиця Памʼяті Героїв
w5 a-b-c highway=residential | name=вулиця Рафієва
w6 A-B-C-D highway=residential | name=вулиця Червоноармійська | wikidata=Q1
w7 F-G-H highway=residential | name=2-га Садова вулиця
w8 K-L-M highway=residential | name=вулиця Сергія Параджанова
w9 s-t highway=residential | name=вулиця Жукова | old_name:-1992=вулиця Садова
w10 n-o highway=residential | name=via Roma
w11 P-Q-R highway=residential | name=viale Verdi
w12 S-T-U highway=residential | name=Posener Straße | name:de=Potsdamer Straße
w13 N-O highway=residential | name=Residenzstraße
w14 I-J highway=residential | name=вулиця Перемоги
w15 B-G-L highway=residential | name=вулиця Івана Павла ІІ
w16 U-V highway=residential | name=вулиця 1-го Травня
w17 d-i-n highway=residential | name=вулиця 8 Березня
n10 f addr:housenumber=83 | addr:street=вулиця Богдана Хмельницького
n11 g addr:housenumber=85А | addr:street=вулиця Богдана Хмельницького
n12 i addr:housenumber=89 | addr:street=вулиця Богдана Хмельницького
n13 j addr:housenumber=91-93 | addr:street=вулиця Богдана Хмельницького
n14 1 addr:housenumber=56 | addr:street=проспект Шевченка
n15 2 addr:housenumber=60А | addr:street=проспект Шевченка
n16 3 addr:housenumber=62;64 | addr:street=проспект Шевченка
n17 a addr:housenumber=29 корпус 2 | addr:street=вулиця Рафієва
n18 b addr:housenumber=5А | addr:street=вулиця Рафієва
n19 k addr:housenumber=43 | addr:street=провулок Шевченка
n20 q addr:housenumber=1-4 | addr:street=вулиця Памʼяті Героїв
n21 L addr:housenumber=11 | addr:street=вулиця Сергія Параджанова
n22 M addr:housenumber=110 | addr:street=вулиця Сергія Параджанова
n23 e amenity=pharmacy | name=Аптека здоровʼя
n24 E tourism=zoo | name=Зоопарк «Лісовий»
n25 Z amenity=fuel | brand=ОККО | name=ОККО
n26 d amenity=cafe | name=Starbucks | brand=Starbucks
w21 5-6-7-8-5 building=yes | amenity=restaurant | name=Колиба | addr:street=вулиця Рафієва | addr:housenumber=8
n27 5 amenity=restaurant | name=Колиба | phone=+380 44 000 00 00
n200 4 place=town | name=Рожнів | population=9000
w20 V-W-4 highway=residential | name=вулиця Рафієва
n201 W addr:housenumber=7 | addr:street=вулиця Рафієва
";

static APP: LazyLock<TestApp> = LazyLock::new(|| TestApp::from_town(GRID, OBJECTS));

/// What comes first, as `label match`, for a rider in the middle of the first town.
fn first(query: &str) -> String {
    let reply = APP.autocomplete(query, Some((30.001, 49.999)));
    format!("{} {}", reply.first("label"), reply.first("match"))
        .trim()
        .to_owned()
}

#[track_caller]
fn check(query: &str, expect: &str) {
    let got = first(query);
    assert!(
        got.starts_with(expect),
        "«{query}»: expected {expect}, got {got}"
    );
}

#[test]
fn a_missing_house_is_answered_by_its_own_street() {
    check("Рафієва 777", "вулиця Рафієва, Дубове street_only");
    check(
        "проспект Шевченка 58",
        "проспект Шевченка 58, Дубове interpolated",
    );
}

#[test]
fn a_house_that_exists_is_found_while_typing_and_afterwards() {
    check("шевченка 56", "проспект Шевченка 56, Дубове exact");
    check("Шевченка, 56 Дубове", "проспект Шевченка 56, Дубове exact");
}

#[test]
fn letters_behind_numbers_are_neither_lost_nor_invented() {
    check(
        "Богдана Хмельницького 83",
        "вулиця Богдана Хмельницького 83, Дубове exact",
    );
    check(
        "Богдана Хмельницького 83а",
        "вулиця Богдана Хмельницького 83, Дубове suffix_missing",
    );
    check(
        "Богдана Хмельницького 85",
        "вулиця Богдана Хмельницького 85А, Дубове suffix_missing",
    );
    // А typed in Cyrillic and in Latin letters.
    check("шевченка 60А", "проспект Шевченка 60А, Дубове exact");
    check("шевченка 60A", "проспект Шевченка 60А, Дубове exact");
    check("рафієва 5", "вулиця Рафієва 5А, Дубове suffix_missing");
}

#[test]
fn corpus_in_every_writing() {
    for number in ["29к2", "29 корпус 2", "29 корп. 2", "29 к. 2", "29 кор 2"] {
        check(
            &format!("рафієва {number}"),
            "вулиця Рафієва 29 корпус 2, Дубове exact",
        );
    }
    check("пров. Шевченка, д.43", "провулок Шевченка 43, Дубове exact");
}

#[test]
fn ranges_and_lists_are_found_by_each_of_their_numbers() {
    check(
        "памяті героїв 1-4",
        "вулиця Памʼяті Героїв 1-4, Дубове exact",
    );
    check("памяті героїв 4", "вулиця Памʼяті Героїв 1-4, Дубове exact");
    check(
        "проспект шевченка 64",
        "проспект Шевченка 62;64, Дубове exact",
    );
    check(
        "хмельницького 93",
        "вулиця Богдана Хмельницького 91-93, Дубове exact",
    );
}

#[test]
fn the_number_does_not_destroy_the_order() {
    check("шевч 56", "проспект Шевченка 56, Дубове exact");
    check("1 параджанова", "вулиця Сергія Параджанова");
    check(
        "параджанова 11",
        "вулиця Сергія Параджанова 11, Дубове exact",
    );
}

#[test]
fn a_number_on_its_way_offers_the_houses_of_the_street() {
    let labels = APP
        .autocomplete("параджанова 1", Some((30.001, 49.999)))
        .all("label");
    for house in [
        "вулиця Сергія Параджанова 11, Дубове",
        "вулиця Сергія Параджанова 110, Дубове",
    ] {
        assert!(labels.iter().any(|l| l == house), "{house}: {labels:?}");
    }
}

#[test]
fn a_house_is_offered_once_and_only_for_what_it_begins_like() {
    let labels = |query| APP.autocomplete(query, Some((30.001, 49.999))).all("label");
    let offered = labels("богдана хмельницького 9");
    let range = offered.iter().filter(|l| l.contains("91-93")).count();
    assert_eq!(range, 1, "{offered:?}");
    let others = labels("памяті героїв 14");
    assert!(others.iter().all(|l| !l.contains("1-4")), "{others:?}");
}

#[test]
fn slips_are_forgiven_with_the_place_of_the_rider_too() {
    check("Потсдамер", "Posener Straße");
    check("Postdamer", "Posener Straße");
    check("хмелницкого", "вулиця Богдана Хмельницького");
    // A slip in one word does not drop the word.
    check(
        "богдана хмильницького 89",
        "вулиця Богдана Хмельницького 89, Дубове exact",
    );
    check("паржданова", "вулиця Сергія Параджанова");
}

#[test]
fn the_near_street_comes_before_its_namesake_unless_the_town_is_named() {
    check("рафієва", "вулиця Рафієва, Дубове");
    check("рафієва рожнів", "вулиця Рафієва, Рожнів");
    check("рожнів рафієва 7", "вулиця Рафієва 7, Рожнів exact");
}

#[test]
fn places_are_found_by_kind_brand_and_part_of_the_name() {
    check("zoo", "Зоопарк «Лісовий»");
    check("starbucks", "Starbucks");
    check("окко", "ОККО");
    check("okko", "ОККО");
    check("аптека", "Аптека здоровʼя");
}

#[test]
fn every_apostrophe_and_none() {
    for sign in ["'", "ʼ", "’", "‘", "`", "´", "′", "*", "\"", ""] {
        check(&format!("пам{sign}яті героїв"), "вулиця Памʼяті Героїв");
    }
}

#[test]
fn sergey_is_serhiy_in_every_script() {
    for name in [
        "Serhiia Paradzhanova",
        "Sergeya Paradjanova",
        "Сергея Параджанова",
        "Sergija Paradschanowa",
    ] {
        check(name, "вулиця Сергія Параджанова");
    }
}

#[test]
fn status_words_break_nothing_and_decide_between_namesakes() {
    check("провулок Шевченка", "провулок Шевченка");
    check("проспект Шевченка", "проспект Шевченка");
    check("via roma", "via Roma");
    check("viale verdi", "viale Verdi");
    check("ul. Paradzhanova", "вулиця Сергія Параджанова");
    check("перемоги вул. Дубове", "вулиця Перемоги, Дубове");
}

#[test]
fn old_names_of_two_streets_stay_apart_and_say_so() {
    let reply = APP.autocomplete("червоноармійська", Some((30.001, 49.999)));
    let labels = reply.all("label");
    assert_eq!(labels[0], "вулиця Червоноармійська, Дубове");
    assert_eq!(labels[1], "вулиця Богдана Хмельницького, Дубове");
    assert_eq!(reply.all("formerly")[..2], ["", "вулиця Червоноармійська"]);
    let reply = APP.autocomplete("садова", Some((30.001, 49.999)));
    assert_eq!(
        reply.all("label")[..2],
        ["2-га Садова вулиця, Дубове", "вулиця Жукова, Дубове"]
    );
}

#[test]
fn numbers_in_names_are_found_in_digits_words_and_roman_numerals() {
    for text in [
        "Івана Павла ІІ",
        "Івана Павла II",
        "Івана Павла 2",
        "Павла Другого",
        "Ivana Pavla II",
    ] {
        check(text, "вулиця Івана Павла ІІ");
    }
    for text in ["1 травня", "Першого Травня", "1-го мая", "первого мая"]
    {
        check(text, "вулиця 1-го Травня");
    }
    check("8 березня", "вулиця 8 Березня");
    check("8 марта", "вулиця 8 Березня");
}

#[test]
fn a_place_mapped_twice_is_one_with_the_address_of_either() {
    let reply = APP.autocomplete("колиба", Some((30.001, 49.999)));
    let labels = reply.all("label");
    let of_one = labels.len() == 1 && labels[0].contains("вулиця Рафієва 8");
    assert!(of_one, "{labels:?}");
}

#[test]
fn crossings_are_places() {
    for text in [
        "Хмельницького / Шевченка",
        "ріг Хмельницького та Шевченка",
        "Шевченка & Хмельницького",
    ] {
        let got = first(text);
        assert!(
            got.contains(" / ") && got.contains("Хмельницького") && got.contains("Шевченка"),
            "{text}: {got}"
        );
    }
}

#[test]
fn one_letter_more_is_never_worse() {
    for (name, label) in [
        ("Residenzstraße", "Residenzstraße"),
        ("Богдана Хмельницького", "вулиця Богдана Хмельницького"),
    ] {
        for n in 3..=name.chars().count() {
            let text: String = name.chars().take(n).collect();
            check(&text, label);
        }
    }
}

#[test]
fn nonsense_has_no_answer_and_every_result_says_why() {
    assert_eq!(first("щщшшгґєъ"), "");
    let reply = APP.get(&format!(
        "/v1/autocomplete?q={}&debug=1",
        tests::encode("шевченка 56")
    ));
    let why = &reply.features()[0]["properties"]["why"];
    assert!(why.as_array().is_some_and(|w| w.len() >= 3), "{why}");
}
