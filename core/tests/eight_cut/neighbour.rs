//! What 8-cut does to its database, as far as its source documents it.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, params};

/// The file that 8-cut works on here.
pub const VIDEO: &str = "holiday.mp4";
/// As many versions as 8-cut keeps.
const KEPT: usize = 5;
/// How long Python's SQLite module waits for a lock unless it is told otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct EightCut {
    db: Connection,
    pub rounds: usize,
    /// Timestamps of its scans, oldest first.
    pub saved: Vec<String>,
    /// Where its hard negatives begin, in seconds.
    pub marks: Vec<f64>,
}

impl EightCut {
    /// The file as 8-cut's present version makes it.
    pub fn create(path: &Path) {
        Self::open(path)
            .db
            .execute_batch(
                "CREATE TABLE processed (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
                     start_time REAL NOT NULL, output_path TEXT NOT NULL, label TEXT NOT NULL DEFAULT '',
                     category TEXT NOT NULL DEFAULT '', short_side INTEGER DEFAULT 512,
                     portrait_ratio TEXT NOT NULL DEFAULT '', crop_center REAL NOT NULL DEFAULT 0.5,
                     format TEXT NOT NULL DEFAULT 'MP4', clip_count INTEGER NOT NULL DEFAULT 3,
                     clip_duration REAL NOT NULL DEFAULT 8.0, spread REAL NOT NULL DEFAULT 3.0,
                     profile TEXT NOT NULL DEFAULT 'default', source_path TEXT NOT NULL DEFAULT '',
                     scan_export INTEGER NOT NULL DEFAULT 0, processed_at TEXT NOT NULL);
                 CREATE TABLE hidden_files (filename TEXT NOT NULL,
                     profile TEXT NOT NULL DEFAULT 'default', PRIMARY KEY (filename, profile));
                 CREATE TABLE scan_results (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
                     profile TEXT NOT NULL DEFAULT 'default', model TEXT NOT NULL,
                     start_time REAL NOT NULL, end_time REAL NOT NULL, score REAL NOT NULL,
                     disabled INTEGER NOT NULL DEFAULT 0, orig_start_time REAL, orig_end_time REAL,
                     scan_timestamp TEXT NOT NULL DEFAULT '');
                 CREATE TABLE hard_negatives (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL,
                     profile TEXT NOT NULL DEFAULT 'default', start_time REAL NOT NULL,
                     source_path TEXT NOT NULL DEFAULT '', source_model TEXT NOT NULL DEFAULT '');
                 PRAGMA user_version = 4;",
            )
            .unwrap();
    }

    pub fn open(path: &Path) -> Self {
        let db = Connection::open(path).unwrap();
        db.busy_timeout(PATIENCE).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        db.pragma_update(None, "synchronous", "NORMAL").unwrap();
        Self {
            db,
            rounds: 0,
            saved: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Everything its user may do to a file, once. Panics as soon as a statement is refused.
    pub fn work_a_round(&mut self) {
        self.rounds += 1;
        let at_s = self.rounds as f64 * 10.0;
        self.export_clip(at_s);
        self.hide_and_show();
        self.mark(at_s);
        let timestamp = self.save_scan(at_s);
        self.edit_scan(&timestamp, at_s);
        self.copy_profile_and_delete_it();
        self.assert_reads_what_it_wrote();
    }

    fn export_clip(&self, at_s: f64) {
        let path = format!("/clips/Clap/vid_{0:03}/clip_{0:03}_0.mp4", self.rounds);
        self.db
            .execute(
                "INSERT INTO processed (filename, start_time, output_path, label, category, short_side,
                     portrait_ratio, crop_center, format, clip_count, clip_duration, spread, profile,
                     source_path, scan_export, processed_at)
                 VALUES (?1, ?2, ?3, 'clap', '', NULL, '', 0.5, 'MP4', 3, 8.0, 3.0, 'default',
                     '/videos/holiday.mp4', 0, '2026-04-19T13:36:31.000000+00:00')",
                params![VIDEO, at_s, path],
            )
            .unwrap();
        self.db
            .execute(
                "UPDATE processed SET source_path = '/moved/holiday.mp4' WHERE filename = ?1",
                [VIDEO],
            )
            .unwrap();
    }

    fn hide_and_show(&self) {
        let key = [VIDEO];
        self.db
            .execute(
                "INSERT OR IGNORE INTO hidden_files (filename, profile) VALUES (?1, 'default')",
                key,
            )
            .unwrap();
        self.db
            .execute(
                "DELETE FROM hidden_files WHERE filename = ?1 AND profile = 'default'",
                key,
            )
            .unwrap();
    }

    fn mark(&mut self, at_s: f64) {
        for start_s in [at_s, at_s + 5.0] {
            self.db
                .execute(
                    "INSERT INTO hard_negatives (filename, profile, start_time, source_path, source_model)
                     VALUES (?1, 'default', ?2, '', 'BEATS')",
                    params![VIDEO, start_s],
                )
                .unwrap();
        }
        let unmarked = self
            .db
            .execute(
                "DELETE FROM hard_negatives
                 WHERE filename = ?1 AND profile = 'default' AND start_time = ?2",
                params![VIDEO, at_s + 5.0],
            )
            .unwrap();
        assert_eq!(unmarked, 1);
        self.marks.push(at_s);
    }

    fn save_scan(&mut self, at_s: f64) -> String {
        let timestamp = format!("20260419_153631_{:06}", self.rounds);
        let scan = self.db.transaction().unwrap();
        for start_s in [at_s, at_s + 2.0, at_s + 4.0] {
            scan.execute(
                "INSERT INTO scan_results (filename, profile, model, start_time, end_time, score,
                     orig_start_time, orig_end_time, scan_timestamp)
                 VALUES (?1, 'default', 'BEATS', ?2, ?3, 0.75, ?2, ?3, ?4)",
                params![VIDEO, start_s, start_s + 1.0, timestamp],
            )
            .unwrap();
        }
        let versions: Vec<String> = scan
            .prepare(
                "SELECT DISTINCT scan_timestamp FROM scan_results
                 WHERE filename = ?1 AND profile = 'default' AND model = 'BEATS'
                 ORDER BY scan_timestamp DESC",
            )
            .unwrap()
            .query_map([VIDEO], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        for old in versions.iter().skip(KEPT) {
            scan.execute(
                "DELETE FROM scan_results WHERE filename = ?1 AND profile = 'default'
                     AND model = 'BEATS' AND scan_timestamp IN (?2)",
                params![VIDEO, old],
            )
            .unwrap();
        }
        scan.commit().unwrap();
        self.saved.push(timestamp.clone());
        timestamp
    }

    /// Disables the first region, merges the other two, and puts a deleted one back.
    fn edit_scan(&self, timestamp: &str, at_s: f64) {
        let ids: Vec<i64> = self
            .db
            .prepare(
                "SELECT id FROM scan_results WHERE filename = ?1 AND profile = 'default'
                     AND scan_timestamp = ?2 ORDER BY model, start_time",
            )
            .unwrap()
            .query_map([VIDEO, timestamp], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let one = |sql: &str, id: i64| assert_eq!(self.db.execute(sql, [id]).unwrap(), 1, "{sql}");
        one("UPDATE scan_results SET disabled = 1 WHERE id = ?1", ids[0]);
        let merged = self
            .db
            .execute(
                "UPDATE scan_results SET start_time = ?2, end_time = ?3, score = 0.75,
                     orig_start_time = ?2, orig_end_time = ?3 WHERE id = ?1",
                params![ids[1], at_s + 2.0, at_s + 5.0],
            )
            .unwrap();
        assert_eq!(merged, 1);
        one("DELETE FROM scan_results WHERE id = ?1", ids[2]);
        self.db
            .execute(
                "INSERT INTO scan_results (filename, profile, model, start_time, end_time, score, disabled,
                     orig_start_time, orig_end_time, scan_timestamp)
                 VALUES (?1, 'default', 'BEATS', ?2, ?3, 0.5, 0, ?2, ?3, ?4)",
                params![VIDEO, at_s + 6.0, at_s + 7.0, timestamp],
            )
            .unwrap();
    }

    fn copy_profile_and_delete_it(&self) {
        self.db
            .execute(
                "INSERT INTO hard_negatives (filename, profile, start_time, source_path, source_model)
                     SELECT filename, 'copy', start_time, source_path, source_model FROM hard_negatives
                     WHERE profile = 'default' AND filename = ?1",
                [VIDEO],
            )
            .unwrap();
        for table in [
            "processed",
            "hidden_files",
            "scan_results",
            "hard_negatives",
        ] {
            self.db
                .execute(&format!("DELETE FROM {table} WHERE profile = 'copy'"), [])
                .unwrap();
        }
    }

    /// Its latest version, marks and clips, read as its worker threads do.
    pub fn assert_reads_what_it_wrote(&self) {
        let latest: (String, u32, u32) = self
            .db
            .query_row(
                "SELECT r.scan_timestamp, COUNT(*), SUM(r.disabled) FROM scan_results r
                 INNER JOIN (SELECT model, MAX(scan_timestamp) AS latest FROM scan_results
                             WHERE filename = ?1 AND profile = 'default' GROUP BY model) m
                     ON r.model = m.model AND r.scan_timestamp = m.latest
                 WHERE r.filename = ?1 AND r.profile = 'default'",
                [VIDEO],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        let newest = self.saved.last().cloned().unwrap();
        assert_eq!(latest, (newest, 3, 1));
        let count =
            |sql: &str| -> u32 { self.db.query_row(sql, [VIDEO], |row| row.get(0)).unwrap() };
        assert_eq!(
            count(
                "SELECT COUNT(*) FROM hard_negatives WHERE filename = ?1 AND profile = 'default'"
            ),
            self.marks.len() as u32
        );
        assert_eq!(
            count("SELECT COUNT(*) FROM processed WHERE filename = ?1 AND profile = 'default'"),
            self.rounds as u32
        );
    }
}
