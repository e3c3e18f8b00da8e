# Installs Earmark for the current user; needs no administrator. Run it from the unpacked folder:
#     powershell -ExecutionPolicy Bypass -File install.ps1
# With -Uninstall it deletes what it installed. Recordings, marks and settings stay.
param([switch]$Uninstall)
$ErrorActionPreference = 'Stop'

$from = Split-Path -Parent $MyInvocation.MyCommand.Path
$programs = Join-Path $env:LOCALAPPDATA 'Programs'
$vst3 = Join-Path $programs 'Common\VST3'
$clap = Join-Path $programs 'Common\CLAP'
$tool = Join-Path $programs 'Earmark'
$installed = @(
    (Join-Path $vst3 'Earmark.vst3'),
    (Join-Path $clap 'Earmark.clap'),
    (Join-Path $clap 'earmark.resources'),
    (Join-Path $tool 'earmark.exe'),
    (Join-Path $tool 'earmark.resources')
)

# Fails before anything is changed if a program has a file of the earlier installation open.
function Assert-Unused {
    $present = $installed | Where-Object { Test-Path -LiteralPath $_ }
    foreach ($file in ($present | ForEach-Object { Get-ChildItem -LiteralPath $_ -Recurse -File })) {
        try { [IO.File]::Open($file.FullName, 'Open', 'ReadWrite', 'None').Close() }
        catch { throw "$($file.FullName) is in use: close every program that uses Earmark, such as a DAW, and run this again." }
    }
}

function Remove-Installed {
    Assert-Unused
    foreach ($path in $installed) {
        if (Test-Path -LiteralPath $path) { Remove-Item -LiteralPath $path -Recurse -Force }
    }
    # The folder may hold something of yours.
    if ((Test-Path -LiteralPath $tool) -and -not (Get-ChildItem -LiteralPath $tool -Force)) { Remove-Item -LiteralPath $tool }
}

function Set-UserPath([bool]$wanted) {
    $current = [Environment]::GetEnvironmentVariable('Path', 'User')
    $parts = @()
    if ($current) { $parts = @($current.Split(';') | Where-Object { $_ -and $_ -ne $tool }) }
    if ($wanted) { $parts += $tool }
    [Environment]::SetEnvironmentVariable('Path', ($parts -join ';'), 'User')
}

Remove-Installed
if ($Uninstall) {
    Set-UserPath $false
    Write-Host 'Earmark is uninstalled. Your recordings, marks and settings are still there.'
    exit 0
}

foreach ($folder in @($vst3, $clap, $tool)) { New-Item -ItemType Directory -Force -Path $folder | Out-Null }
Copy-Item -LiteralPath (Join-Path $from 'Earmark.vst3') -Destination $vst3 -Recurse
Copy-Item -LiteralPath (Join-Path $from 'Earmark.clap') -Destination $clap
Copy-Item -LiteralPath (Join-Path $from 'earmark.resources') -Destination $clap -Recurse
Copy-Item -LiteralPath (Join-Path $from 'earmark.exe') -Destination $tool
Copy-Item -LiteralPath (Join-Path $from 'earmark.resources') -Destination $tool -Recurse
# Windows marks what came from the network, and hosts may refuse such a plugin.
Get-ChildItem -LiteralPath $installed -Recurse -File | Unblock-File
Set-UserPath $true

# The actions go only to DAWs that are there, and never over a file: it may be changed.
function Copy-Actions([string]$daw, [string]$settings, [string]$inner) {
    if (-not (Test-Path -LiteralPath $settings)) { return }
    $into = Join-Path $settings $inner
    New-Item -ItemType Directory -Force -Path $into | Out-Null
    foreach ($action in Get-ChildItem -LiteralPath (Join-Path $from "daw\$daw") -Filter *.lua) {
        $there = Join-Path $into $action.Name
        if (-not (Test-Path -LiteralPath $there)) { Copy-Item -LiteralPath $action.FullName -Destination $there }
    }
    Write-Host "Actions for $daw are in $into; delete one and install again to get a new one"
}
Copy-Actions 'ardour' (Join-Path $env:LOCALAPPDATA 'Ardour7') 'scripts'
Copy-Actions 'ardour' (Join-Path $env:LOCALAPPDATA 'Ardour8') 'scripts'
Copy-Actions 'reaper' (Join-Path $env:APPDATA 'REAPER') 'Scripts\Earmark'

Write-Host "Installed:"
Write-Host "  VST3 plugin   $vst3\Earmark.vst3"
Write-Host "  CLAP plugin   $clap\Earmark.clap"
Write-Host "  command line  $tool\earmark.exe (in new terminals as 'earmark')"
Write-Host 'Let your DAW scan for plugins. If it does not find Earmark, add these two folders to its plugin paths.'

$missing = @('MSVCP140.dll', 'VCRUNTIME140.dll', 'VCRUNTIME140_1.dll') |
    Where-Object { -not (Test-Path (Join-Path $env:SystemRoot "System32\$_")) }
if ($missing) {
    Write-Warning "$($missing -join ', ') are missing, and Earmark cannot scan without them: install the Microsoft Visual C++ Redistributable from https://aka.ms/vs/17/release/vc_redist.x64.exe"
}
