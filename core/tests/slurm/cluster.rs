//! A real Slurm of two nodes on this machine: munge, a controller and two node daemons, started as plain processes in a folder of their own
//! and stopped by their ids.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Cluster {
    folder: PathBuf,
    daemons: Vec<Child>,
}

impl Cluster {
    /// Starts the daemons, with their files in `folder`, and waits until both nodes are idle.
    pub fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join("state")).unwrap();
        let key: Vec<u8> = (0..128).map(|_| fastrand::u8(..)).collect();
        std::fs::write(folder.join("munge.key"), key).unwrap();
        let mode = Command::new("chmod")
            .arg("600")
            .arg(folder.join("munge.key"))
            .status();
        assert!(mode.unwrap().success());
        std::fs::write(folder.join("slurm.conf"), configuration(folder)).unwrap();
        let mut cluster = Self {
            folder: folder.to_owned(),
            daemons: Vec::new(),
        };
        let at = |name: &str| folder.join(name).display().to_string();
        let munge = [
            format!("--socket={}", at("munge.sock")),
            format!("--key-file={}", at("munge.key")),
            format!("--pid-file={}", at("munged.pid")),
            format!("--log-file={}", at("munged.log")),
            format!("--seed-file={}", at("munged.seed")),
        ];
        // Elsewhere than in its own folders it has to be forced.
        cluster.daemon("munged", &["--foreground", "--force"], &munge);
        wait_for("munge", || folder.join("munge.sock").exists());
        cluster.daemon("slurmctld", &["-D"], &[]);
        for node in ["n1", "n2"] {
            cluster.daemon("slurmd", &["-D", "-N", node], &[]);
        }
        wait_for("idle nodes", || {
            cluster.says("sinfo", &["-h", "-o", "%D %t"]).trim() == "2 idle"
        });
        cluster
    }

    fn daemon(&mut self, program: &str, arguments: &[&str], more: &[String]) {
        let log = std::fs::File::create(
            self.folder
                .join(format!("{program}-{}.out", self.daemons.len())),
        );
        let log = log.unwrap();
        let mut command = self.command(program);
        command.args(arguments).args(more).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.daemons.push(command.spawn().unwrap());
    }

    /// A command that speaks with this cluster.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("SLURM_CONF", self.folder.join("slurm.conf"));
        command
    }

    /// What a command of Slurm's prints; nothing when it fails.
    pub fn says(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Submits a job and returns its number.
    pub fn submit(
        &self,
        folder: &Path,
        environment: &[(&str, &Path)],
        arguments: &[&str],
    ) -> String {
        let mut command = self.command("sbatch");
        command
            .arg("--parsable")
            .args(arguments)
            .current_dir(folder);
        for (name, value) in environment {
            command.env(name, value);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The tasks that run on `node`, as `scontrol` names them.
    pub fn tasks_on(&self, node: &str) -> Vec<String> {
        let running = self.says(
            "squeue",
            &["-h", "-t", "running", "-w", node, "-r", "-o", "%i"],
        );
        running.lines().map(str::to_owned).collect()
    }

    /// Waits until no job is left.
    pub fn finish(&self) {
        wait_for("the jobs to end", || {
            self.says("squeue", &["-h", "-r"]).trim().is_empty()
        });
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The nodes first, so that they can say goodbye.
        for daemon in self.daemons.iter_mut().rev() {
            let id = daemon.id().to_string();
            drop(Command::new("kill").args(["-TERM", &id]).status());
            let begun = Instant::now();
            while daemon.try_wait().is_ok_and(|ended| ended.is_none())
                && begun.elapsed() < Duration::from_secs(10)
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            drop(daemon.kill());
            drop(daemon.wait());
        }
    }
}

pub fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_there() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn configuration(folder: &Path) -> String {
    let output = Command::new("hostname").arg("-s").output().unwrap();
    let host = String::from_utf8(output.stdout).unwrap();
    let (host, dir) = (host.trim(), folder.display());
    format!(
        "ClusterName=earmark
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={dir}/munge.sock,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SlurmctldPidFile={dir}/ctld.pid
SlurmdPidFile={dir}/slurmd-%n.pid
SlurmdSpoolDir={dir}/spool-%n
StateSaveLocation={dir}/state
SlurmUser=root
SlurmdUser=root
SlurmctldPort=16817
SlurmctldLogFile={dir}/ctld.log
SlurmdLogFile={dir}/slurmd-%n.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
MinJobAge=300
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[17001-17002] CPUs=1 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"
    )
}
