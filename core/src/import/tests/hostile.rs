//! Files that nobody should have written.

use proptest::prelude::*;

use super::super::{ImportError, LineError, ProjectClock, read_labels};
use super::read;

const CLOCK: ProjectClock = ProjectClock {
    rate_hz: Some(48_000.0),
    frames_per_s: Some(25.0),
    tempo_bpm: Some(120.0),
    beats_per_measure: Some(4),
};
/// The beginnings by which forms are known.
const HEADERS: [&str; 8] = [
    "Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tClass\n",
    "#,Name,Start,End,Length\n",
    "start_s,end_s,class,file,state,low_hz,high_hz\n",
    "filename,window_start,window_end,label,logits\n",
    "Start (s),End (s),Common name,Confidence\n",
    "{\"regions\": [",
    "1.0\t2.0\tdoor\n",
    "",
];

#[test]
fn a_line_that_makes_no_sense_is_named_and_costs_no_other() {
    let file = read(
        "start_s,end_s,class\n1.0,2.0,a\nsoon,2.0,b\n5.0,4.0,c\n,1.0,d\n1e300,1e301,e\n6.0,7.0,f\n",
    );
    assert_eq!(file.labels.len(), 2);
    let lines: Vec<u64> = file.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [3, 4, 5, 6]);
    assert_eq!(
        file.faults[0].to_string(),
        "line 3: \"soon\" in the column start_s is not a number"
    );
    assert_eq!(
        file.faults[1].error,
        LineError::Backwards {
            start_s: 5.0,
            end_s: 4.0
        }
    );
    assert_eq!(
        file.faults[2].error,
        LineError::NoTime { column: "start_s" }
    );
    let labels = read("1.0\t2.0\ta\nnothing\n\\\t200.0\t100.0\n3.0\t4.0\tb\n");
    let lines: Vec<u64> = labels.faults.iter().map(|fault| fault.line).collect();
    assert_eq!((labels.labels.len(), lines), (2, vec![2, 3]));
}

#[test]
fn a_file_of_no_form_is_refused_with_the_forms_there_are() {
    for text in [
        "a letter to nobody\n",
        "a,b\n1,2\n",
        "\0\0\0",
        "<html>\n</html>",
    ] {
        let error = read_labels(text.as_bytes(), &CLOCK).unwrap_err();
        assert_eq!(error, ImportError::UnknownFormat, "{text}");
    }
    for text in ["", " \n\t\n", "\u{feff}"] {
        assert_eq!(
            read_labels(text.as_bytes(), &CLOCK),
            Err(ImportError::Empty)
        );
    }
    let broken = read_labels(b"{\"regions\": [{\"start_s\": 1.0,", &CLOCK);
    assert!(
        matches!(broken, Err(ImportError::Json { line: 1, .. })),
        "{broken:?}"
    );
    assert_eq!(read_labels(b"[]", &CLOCK), Err(ImportError::NoRegions));
    let deep = "[".repeat(100_000);
    assert!(read_labels(deep.as_bytes(), &CLOCK).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_labels(&bytes, &CLOCK);
    }

    #[test]
    fn any_rows_under_any_header_give_spans_of_numbers(
        header in 0..HEADERS.len(),
        rows in "([0-9.:;,\t\"'=+a-zNaif-]{0,30}\n){0,8}",
    ) {
        let text = format!("{}{rows}", HEADERS[header]);
        if let Ok(file) = read_labels(text.as_bytes(), &CLOCK) {
            for label in file.labels {
                prop_assert!(label.span.start_s() <= label.span.end_s());
                prop_assert!(label.span.end_s().is_finite());
                prop_assert!(label.score.is_none_or(|score| (0.0..=1.0).contains(&score)));
            }
        }
    }
}
