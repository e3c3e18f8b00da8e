/* The random numbers of Rust's standard library come from this library, which every Windows since 8 has and Wine before 8.9
   does not. For tests under Wine only. */
#include <windows.h>
#include <ntsecapi.h>

BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return RtlGenRandom(data, (ULONG)length);
}
