@echo off
rem SPDX-License-Identifier: Apache-2.0
rem Starts dpo4j on Windows: the jars in the folder lib, as in an unpacked distribution, or what Maven
rem built, and builds it first when it is missing. Never run on Windows by its authors.
rem The variables are those of the shell script "dpo4j".
setlocal
set "HOME_DIR=%~dp0"
set "CLASS_PATH_FILE=%HOME_DIR%dpo4j-cli\target\classpath.txt"
if defined JAVA_HOME (set "JAVA_EXE=%JAVA_HOME%\bin\java.exe") else (set "JAVA_EXE=java")
"%JAVA_EXE%" -version >nul 2>&1
if errorlevel 1 (
  echo dpo4j: no Java found; install a JDK 17 or newer, or set JAVA_HOME to one 1>&2
  exit /b 1
)
if exist "%HOME_DIR%lib\dpo4j-cli.jar" goto unpacked
set "ARCHIVE=%HOME_DIR%dpo4j-cli\target\dpo4j.jsa"
if not exist "%CLASS_PATH_FILE%" (
  if exist "%ARCHIVE%" del "%ARCHIVE%"
  echo dpo4j: building; the first build also fetches the engine, about 440 MB ... 1>&2
  pushd "%HOME_DIR%"
  call mvn -q -B -Dquick -Dmaven.test.skip=true -pl dpo4j-cli -am package 1>&2
  if errorlevel 1 (
    popd
    echo dpo4j: the build failed; Maven's messages are above 1>&2
    exit /b 1
  )
  popd
)
rem The class path goes through an argument file: a command line of cmd ends at 8191 characters.
set "ARGUMENT_FILE=%HOME_DIR%dpo4j-cli\target\classpath.args"
powershell -NoProfile -Command "'-cp \"' + ($env:HOME_DIR + 'dpo4j-cli\target\dpo4j-cli.jar;' + (Get-Content -Raw $env:CLASS_PATH_FILE).Trim()) -replace '\\','\\' + '\"' | Set-Content -NoNewline -Encoding ascii $env:ARGUMENT_FILE"
set CLASS_PATH="@%ARGUMENT_FILE%"
rem The classes that commands load are kept in an archive; one that does not fit is passed over.
set SHARED=
if not exist "%ARCHIVE%" (
  "%JAVA_EXE%" "-XX:ArchiveClassesAtExit=%ARCHIVE%" -Xlog:disable -XX:+UseSerialGC ^
    -Dorg.bytedeco.javacpp.logger=slf4j -Dfile.encoding=UTF-8 ^
    %CLASS_PATH% dev.dpo4j.cli.WarmUp >nul 2>&1
  if not exist "%ARCHIVE%" type nul > "%ARCHIVE%"
)
for %%A in ("%ARCHIVE%") do if %%~zA gtr 0 set SHARED="-XX:SharedArchiveFile=%ARCHIVE%" -Xshare:auto -Xlog:disable
goto start
:unpacked
set CLASS_PATH=-cp "%HOME_DIR%lib\*"
set SHARED=
:start
if defined DPO4J_THREADS (
  set "OMP_NUM_THREADS=%DPO4J_THREADS%"
  set "MKL_NUM_THREADS=%DPO4J_THREADS%"
)
"%JAVA_EXE%" %SHARED% -Xms64m -Xmx1g -XX:+UseSerialGC %DPO4J_JAVA_OPTS% ^
  -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Dorg.bytedeco.javacpp.maxBytes=0 ^
  -Dorg.bytedeco.javacpp.logger=slf4j -Dai.djl.offline=true -Dfile.encoding=UTF-8 ^
  "-Ddpo4j.home=%HOME_DIR%." %CLASS_PATH% dev.dpo4j.cli.Main %*
exit /b %ERRORLEVEL%
