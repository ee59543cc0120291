/** The product's sign: a voice seen as five bars. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <g stroke="currentColor" strokeWidth={2.6} strokeLinecap="round">
        <path d="M3 10.5v3M7.5 7v10M12 3.5v17M16.5 7.5v9M21 10.5v3" />
      </g>
    </svg>
  );
}
