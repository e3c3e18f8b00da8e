use super::*;

const ODD_NAME: &str = "take, \"1\"\tΩ.wav";

fn region(start_s: f64, end_s: f64, score: f32, class: &'static str) -> ListedRegion<'static> {
    ListedRegion {
        span: Span::new(start_s, end_s).unwrap(),
        score,
        state: if class.is_empty() {
            "found"
        } else {
            "positive"
        },
        class,
        note: "",
        band: None,
    }
}

fn regions() -> [ListedRegion<'static>; 2] {
    [
        region(1.5, 2.25, 0.98768, ""),
        region(60.0, 61.0, f32::NAN, "door, \"big\"\töne"),
    ]
}

/// What is written of `regions` in a take at ten hours into the project.
fn written(format: ListFormat, times: Times, regions: &[ListedRegion<'_>]) -> String {
    let list = RegionList {
        filename: ODD_NAME,
        timeline_start_s: 36_000.0,
        rate: SampleRate::new(44_100),
        model: "AISFX",
        version: "20250101_120000_000000",
        regions,
    };
    let mut bytes = Vec::new();
    write_list(format, times, Formulas::Disarmed, &list, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn csv_quotes_what_needs_it() {
    let text = written(ListFormat::Csv, Times::Project, &regions());
    let expected = "number,start,end,start_s,end_s,duration_s,score,state,class,file,model,version,note,low_hz,high_hz\r\n\
        1,10:00:01.500,10:00:02.250,36001.500000,36002.250000,0.750000,0.9877,found,,\"take, \"\"1\"\"\tΩ.wav\",AISFX,20250101_120000_000000,,,\r\n\
        2,10:01:00.000,10:01:01.000,36060.000000,36061.000000,1.000000,,positive,\"door, \"\"big\"\"\töne\",\"take, \"\"1\"\"\tΩ.wav\",AISFX,20250101_120000_000000,,,\r\n";
    assert_eq!(text, expected);
    let text = written(ListFormat::Csv, Times::Take, &regions());
    assert!(
        text.contains("\r\n1,00:00:01.500,00:00:02.250,1.500000,2.250000,"),
        "{text}"
    );
}

#[test]
fn a_spreadsheet_finds_no_formula_unless_it_is_wanted() {
    let classes = ["=1+1", "+door", "-door", "@door", "\tdoor", "'=door", "a=b"];
    let regions = classes.map(|class| region(0.0, 1.0, 0.5, class));
    let list = RegionList {
        filename: "=cmd|' /C calc'!A0.wav",
        timeline_start_s: -10.0,
        rate: None,
        model: "AISFX",
        version: "",
        regions: &regions,
    };
    let columns = |format, formulas| -> Vec<[String; 3]> {
        let mut bytes = Vec::new();
        write_list(format, Times::Project, formulas, &list, &mut bytes).unwrap();
        let mut table = csv::Reader::from_reader(bytes.as_slice());
        table
            .records()
            .map(|row| row.unwrap())
            .map(|row| [3, 8, 9].map(|column| row.get(column).unwrap_or_default().to_owned()))
            .collect()
    };
    let disarmed = columns(ListFormat::Csv, Formulas::Disarmed);
    let kept = columns(ListFormat::Csv, Formulas::Kept);
    for ((row, kept), class) in disarmed.iter().zip(&kept).zip(classes) {
        assert_eq!(kept[1..], [class, list.filename]);
        assert_eq!(row[2], format!("'{}", list.filename));
        assert_eq!(row[0], "-10.000000", "a number is none");
    }
    let found: Vec<&str> = disarmed.iter().map(|row| row[1].as_str()).collect();
    let expected = [
        "'=1+1", "'+door", "'-door", "'@door", "'\tdoor", "''=door", "a=b",
    ];
    assert_eq!(found, expected);
    // What no spreadsheet reads is left as it is.
    let mut bytes = Vec::new();
    write_list(
        ListFormat::Reaper,
        Times::Take,
        Formulas::Disarmed,
        &list,
        &mut bytes,
    )
    .unwrap();
    assert!(String::from_utf8(bytes).unwrap().contains("R3,-door"));
}

#[test]
fn audacity_labels_have_three_fields_whatever_the_class_is_called() {
    assert_eq!(
        written(ListFormat::Audacity, Times::Take, &regions()),
        "1.500000\t2.250000\tfound 0.99\n60.000000\t61.000000\tdoor, \"big\" öne\n"
    );
    let text = written(ListFormat::Audacity, Times::Project, &regions());
    assert!(text.starts_with("36001.500000\t36002.250000\t"), "{text}");
}

#[test]
fn frequencies_are_written_where_a_region_has_them_and_the_form_has_a_place() {
    let mut regions = regions();
    regions[0].band = Some(Band::new(437.5, 1_250.0).unwrap());
    assert_eq!(
        written(ListFormat::Audacity, Times::Take, &regions),
        "1.500000\t2.250000\tfound 0.99\n\\\t437.5\t1250.0\n60.000000\t61.000000\tdoor, \"big\" öne\n"
    );
    let raven = written(ListFormat::Raven, Times::Take, &regions);
    let ends = |row: usize| -> Vec<&str> {
        let row = raven.lines().nth(row).unwrap().split('\t');
        row.skip(5).take(2).collect()
    };
    assert_eq!(ends(0), ["Low Freq (Hz)", "High Freq (Hz)"]);
    assert_eq!(ends(1), ["437.5", "1250.0"]);
    assert_eq!(ends(2), ["0.0", "22050.0"]);
    let csv = written(ListFormat::Csv, Times::Take, &regions);
    assert!(csv.contains(",437.5,1250.0\r\n2,"), "{csv}");
    let json: serde_json::Value =
        serde_json::from_str(&written(ListFormat::Json, Times::Take, &regions)).unwrap();
    assert_eq!(json["regions"][0]["high_hz"], 1_250.0);
    assert!(json["regions"][1]["low_hz"].is_null());
    let reaper = written(ListFormat::Reaper, Times::Take, &regions);
    assert!(!reaper.contains("437"), "{reaper}");
}

#[test]
fn reaper_regions_are_numbered_and_their_lengths_add_up() {
    assert_eq!(
        written(ListFormat::Reaper, Times::Project, &regions()),
        "#,Name,Start,End,Length\n\
         R1,found 0.99,10:00:01.500,10:00:02.250,00:00:00.750\n\
         R2,\"door, \"\"big\"\" öne\",10:01:00.000,10:01:01.000,00:00:01.000\n"
    );
    let between = [region(0.0004, 1.0006, 0.5, "")];
    let text = written(ListFormat::Reaper, Times::Take, &between);
    assert!(
        text.ends_with("00:00:00.000,00:00:01.001,00:00:01.001\n"),
        "{text}"
    );
}

#[test]
fn raven_selections_count_from_the_files_start_and_reach_over_all_frequencies() {
    for times in [Times::Take, Times::Project] {
        let text = written(ListFormat::Raven, times, &regions());
        let rows: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split('\t').collect())
            .collect();
        assert!(rows.iter().all(|row| row.len() == 12), "{text}");
        assert_eq!(
            rows[1],
            [
                "1",
                "Spectrogram 1",
                "1",
                "1.500000",
                "2.250000",
                "0.0",
                "22050.0",
                "take, \"1\" Ω.wav",
                "0.9877",
                "found",
                "",
                ""
            ]
        );
        assert_eq!(rows[2][8..], ["", "positive", "door, \"big\" öne", ""]);
    }
}

#[test]
fn json_says_what_its_times_count_from_and_nothing_where_there_is_nothing() {
    let read = |times| -> serde_json::Value {
        serde_json::from_str(&written(ListFormat::Json, times, &regions())).unwrap()
    };
    let json = read(Times::Take);
    assert_eq!(json["filename"], ODD_NAME);
    assert_eq!(json["times"], "take");
    assert_eq!(json["regions"][0]["start_s"], 1.5);
    assert!(json["regions"][0]["class"].is_null());
    assert!(json["regions"][1]["score"].is_null());
    assert_eq!(json["regions"][1]["class"], "door, \"big\"\töne");
    let json = read(Times::Project);
    assert_eq!(json["times"], "project");
    assert_eq!(json["regions"][0]["start_s"], 36_001.5);
}

#[test]
fn a_note_is_in_every_form_and_whole_where_a_program_reads_it() {
    const NOTE: &str = "=left, the \"big\" one #creak";
    let noted = [ListedRegion {
        note: NOTE,
        ..region(1.5, 2.25, 0.5, "door")
    }];
    let text = |format| written(format, Times::Take, &noted);
    let json: serde_json::Value = serde_json::from_str(&text(ListFormat::Json)).unwrap();
    assert_eq!(json["regions"][0]["note"], NOTE);
    for (formulas, begins) in [(Formulas::Kept, ""), (Formulas::Disarmed, "'")] {
        let list = RegionList {
            filename: "",
            timeline_start_s: 0.0,
            rate: None,
            model: "",
            version: "",
            regions: &noted,
        };
        let mut bytes = Vec::new();
        write_list(ListFormat::Csv, Times::Take, formulas, &list, &mut bytes).unwrap();
        let mut table = csv::Reader::from_reader(bytes.as_slice());
        let at = table.headers().unwrap().iter().position(|it| it == "note");
        let row = table.records().next().unwrap().unwrap();
        assert_eq!(row[at.unwrap()], format!("{begins}{NOTE}"));
    }
    let label = format!("door 0.50: {NOTE}");
    assert!(text(ListFormat::Audacity).ends_with(&format!("\t{label}\n")));
    let quoted = label.replace('"', "\"\"");
    let reaper = text(ListFormat::Reaper);
    assert!(reaper.contains(&format!("R1,\"{quoted}\",")), "{reaper}");
    let raven = text(ListFormat::Raven);
    assert!(raven.lines().next().unwrap().ends_with("\tClass\tNote"));
    assert!(raven.ends_with(&format!("\tdoor\t{NOTE}\n")), "{raven}");
    let without = written(ListFormat::Json, Times::Take, &regions());
    let json: serde_json::Value = serde_json::from_str(&without).unwrap();
    assert!(json["regions"][0]["note"].is_null());
}

#[test]
fn an_empty_list_is_a_valid_file_in_every_form() {
    for (format, lines) in [
        (ListFormat::Csv, 1),
        (ListFormat::Audacity, 0),
        (ListFormat::Reaper, 1),
        (ListFormat::Raven, 1),
    ] {
        let text = written(format, Times::Project, &[]);
        assert_eq!(text.lines().count(), lines, "{format:?}: {text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&written(ListFormat::Json, Times::Take, &[])).unwrap();
    assert_eq!(json["regions"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_writer_that_fails_is_told_in_every_form() {
    for format in ListFormat::ALL {
        let list = RegionList {
            filename: "",
            timeline_start_s: 0.0,
            rate: None,
            model: "",
            version: "",
            regions: &regions(),
        };
        let mut full: &mut [u8] = &mut [0; 10];
        assert!(write_list(format, Times::Take, Formulas::Disarmed, &list, &mut full).is_err());
    }
}
