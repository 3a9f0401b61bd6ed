#!/bin/busybox sh
# shellcheck shell=dash
# The page at /. What paas gives to every process is in the environment.
printf 'Content-Type: text/plain; charset=utf-8\r\n\r\n'
cat <<END
It works.

This is process ${DYNO:-?} of the app at http://${HTTP_HOST:-?}, built from commit ${GIT_REV:-?}.
END
