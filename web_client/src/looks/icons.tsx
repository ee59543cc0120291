import type { ReactNode } from "react";

/** Drawn on a 24 px grid with the colour of the text around. They never carry a meaning alone: a word stands beside
 *  them, or the button has a label. */
interface IconProps {
  size?: number;
}

function icon(paths: ReactNode): (props: IconProps) => ReactNode {
  return function Icon({ size = 22 }: IconProps) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth={2}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {paths}
      </svg>
    );
  };
}

function line(d: string): (props: IconProps) => ReactNode {
  return icon(<path d={d} />);
}

function solid(d: string): (props: IconProps) => ReactNode {
  return icon(<path d={d} fill="currentColor" />);
}

export const PlayIcon = solid("M7 5l12 7l-12 7z");
export const PauseIcon = solid("M7 5h3v14h-3zM14 5h3v14h-3z");
export const StopIcon = solid("M6 6h12v12h-12z");
export const RecordIcon = solid("M12 5a7 7 0 1 1 0 14a7 7 0 0 1 0-14z");
export const MicrophoneIcon = line(
  "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3zM5 11a7 7 0 0 0 14 0M12 18v3M9 21h6",
);
export const SkipBackIcon = line("M4 5v5h5M4.6 15a8 8 0 1 0 .8-7.5l-1.4 2.5");
export const SkipForwardIcon = line("M20 5v5h-5M19.4 15a8 8 0 1 1-.8-7.5l1.4 2.5");
export const SearchIcon = line("M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM15.5 15.5l5 5");
export const WarningIcon = line("M12 4l9 16h-18zM12 10v4M12 17v.01");
export const InfoIcon = line("M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18zM12 11v5M12 8v.01");
export const CheckIcon = line("M5 12.5l4.5 4.5l9.5-10");
export const CloseIcon = line("M6 6l12 12M18 6l-12 12");
export const EditIcon = line("M4 20l1-4l11-11l3 3l-11 11zM14 7l3 3");
export const NoteIcon = line("M5 4h14v10l-6 6h-8zM13 20v-6h6M9 9h6");
export const RetryIcon = line("M20 11a8 8 0 1 0-2 6.3M20 5v6h-6");
export const DownloadIcon = line("M12 4v11M7 11l5 5l5-5M5 20h14");
export const TrashIcon = line("M4 7h16M9 7v-3h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5");
export const MergeIcon = line("M6 4v4a5 5 0 0 0 5 5h1M18 4v4a5 5 0 0 1-5 5h-1v7M9 17l3 3l3-3");
export const PeopleIcon = line(
  "M9 5a3 3 0 1 1 0 6a3 3 0 0 1 0-6zM3 20v-1a5 5 0 0 1 5-5h2a5 5 0 0 1 5 5v1M16 5.2a3 3 0 0 1 0 5.6M21 20v-1a5 5 0 0 0-4-4.8",
);
export const PersonIcon = line("M12 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8zM5 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 6 6v1");
export const SunIcon = line(
  "M12 8a4 4 0 1 1 0 8a4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5l1.5 1.5M5 19l1.5-1.5M17.5 6.5l1.5-1.5",
);
export const MoonIcon = line("M20 14a8 8 0 1 1-10-10a6.5 6.5 0 0 0 10 10z");
export const ScreenIcon = line("M4 5h16v11h-16zM9 20h6M12 16v4");
export const KeyboardIcon = line("M3 6h18v12h-18zM7 10v.01M12 10v.01M17 10v.01M8 14h8");
export const BackIcon = line("M15 5l-7 7l7 7");
export const NextIcon = line("M9 5l7 7l-7 7");
export const DownIcon = line("M5 9l7 7l7-7");
export const UpIcon = line("M5 15l7-7l7 7");
export const CopyIcon = line("M9 9h11v11h-11zM5 15h-1v-11h11v1");
export const VoiceIcon = line("M3 11v2M7 8v8M11 4v16M15 7v10M19 10v4");
export const MoreIcon = line("M5 12v.01M12 12v.01M19 12v.01");
export const PlusIcon = line("M12 5v14M5 12h14");
export const ShieldIcon = line("M12 3l8 3v6c0 5-4 8-8 9c-4-1-8-4-8-9v-6zM9 12l2.2 2.2l4-4.4");
